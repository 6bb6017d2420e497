import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/config.js';

const DATABASE = { DATABASE_URL: 'postgres://localhost/darkroom' };
const load = (env: Record<string, string>) => loadConfig({ ...DATABASE, ...env });
const FILE = join(import.meta.dirname, 'temporal.test.ts');
const NOWHERE = join(import.meta.dirname, 'nowhere.pem');

describe('the settings of Temporal', () => {
  it('are an address without TLS, and nothing need be said', () => {
    expect(load({})).toMatchObject({
      ...{ temporalAddress: '127.0.0.1:7233', temporalNamespace: 'default' },
      ...{ temporalTls: undefined, temporalApiKey: undefined },
    });
  });

  it('may have a certificate with its key', () => {
    const env = { TEMPORAL_TLS_CLIENT_CERT_PATH: FILE, TEMPORAL_TLS_CLIENT_KEY_PATH: FILE };
    expect(load(env)).toMatchObject({ temporalClientCert: FILE, temporalClientKey: FILE });
  });

  it.each<[Record<string, string>, string]>([
    [
      { TEMPORAL_TLS_CLIENT_CERT_PATH: NOWHERE },
      `TEMPORAL_TLS_CLIENT_CERT_PATH must name a file that can be read, not "${NOWHERE}"`,
    ],
    [
      { TEMPORAL_TLS_SERVER_CA_CERT_PATH: import.meta.dirname },
      `TEMPORAL_TLS_SERVER_CA_CERT_PATH must name a file that can be read, not "${import.meta.dirname}"`,
    ],
    [
      { TEMPORAL_TLS_CLIENT_KEY_PATH: FILE },
      'TEMPORAL_TLS_CLIENT_CERT_PATH and TEMPORAL_TLS_CLIENT_KEY_PATH must be set together',
    ],
    [
      { TEMPORAL_TLS: '0', TEMPORAL_API_KEY: 'secret-key' },
      'TEMPORAL_TLS must not be 0 with TEMPORAL_API_KEY: the key could be read on the way',
    ],
    [
      { TEMPORAL_API_KEY: 'secret key' },
      'TEMPORAL_API_KEY must hold neither spaces nor line ends nor letters with accents',
    ],
  ])('say what is wrong with %o', (env, words) => {
    expect(() => load(env)).toThrow(`Cannot start:\n- ${words}`);
  });
});
