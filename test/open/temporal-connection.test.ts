import { NativeConnection } from '@temporalio/worker';
import { expect, inject, it } from 'vitest';
import { TEMPORAL_VARIABLES, type TemporalSettings } from '../../src/config/temporal-variables.js';
import { readVariables } from '../../src/config/variable.js';
import { openTemporal } from '../../src/open.js';
import { temporalConnectionOptions } from '../../src/open/temporal-connection.js';
import { secureTemporal } from '../support/secured-temporal.js';

const upstream = inject('temporalAddress');

/** A call of a client, and one of a worker's connection. */
async function callBoth(settings: TemporalSettings): Promise<void> {
  await using client = await openTemporal(settings, { connectTimeoutMs: 5_000 });
  await client.connection.workflowService.describeNamespace({ namespace: 'default' });
  const native = await NativeConnection.connect(temporalConnectionOptions(settings));
  await native.workflowService
    .describeNamespace({ namespace: 'default' })
    .finally(() => native.close());
}

const read = (env: Record<string, string>) => readVariables(TEMPORAL_VARIABLES, env);

it('a server that wants an API key gets it, over TLS, from client and worker', async () => {
  const { address, papers, keys } = await secureTemporal(upstream, { apiKey: 'the-key' });
  const env = {
    TEMPORAL_ADDRESS: address,
    TEMPORAL_API_KEY: 'the-key',
    TEMPORAL_TLS_SERVER_CA_CERT_PATH: papers.ca,
  };
  await callBoth(read(env));
  expect([...keys]).toEqual(['the-key']);
});

it('a server that wants a certificate is shown it, by client and worker', async () => {
  const { address, papers } = await secureTemporal(upstream, { clientCertificate: true });
  const env = { TEMPORAL_ADDRESS: address, TEMPORAL_TLS_SERVER_CA_CERT_PATH: papers.ca };
  await expect(callBoth(read(env))).rejects.toMatchObject({ kind: 'TemporalUnavailable' });
  await callBoth(
    read({
      ...env,
      TEMPORAL_TLS_CLIENT_CERT_PATH: papers.clientCert,
      TEMPORAL_TLS_CLIENT_KEY_PATH: papers.clientKey,
    }),
  );
});

it('a certificate of another name is refused, unless that name is expected', async () => {
  const { address, papers } = await secureTemporal(upstream, {});
  const env = {
    TEMPORAL_ADDRESS: address.replace('localhost', '127.0.0.1'),
    TEMPORAL_TLS_SERVER_CA_CERT_PATH: papers.ca,
  };
  await expect(callBoth(read(env))).rejects.toMatchObject({ kind: 'TemporalUnavailable' });
  await callBoth(read({ ...env, TEMPORAL_TLS_SERVER_NAME: 'localhost' }));
});

it('a refused key is said as that, not as a server that is away', async () => {
  const { address, papers } = await secureTemporal(upstream, { apiKey: 'the-key' });
  const settings = read({
    TEMPORAL_ADDRESS: address,
    TEMPORAL_API_KEY: 'another',
    TEMPORAL_TLS_SERVER_CA_CERT_PATH: papers.ca,
  });
  await expect(openTemporal(settings, { connectTimeoutMs: 5_000 })).rejects.toMatchObject({
    kind: 'TemporalRefused',
    message: `The Temporal server at ${address} refuses this caller: look at TEMPORAL_API_KEY and TEMPORAL_NAMESPACE.`,
  });
});
