import { expect, it } from 'vitest';
import { loadConfig } from '../../src/config/config.js';

const load = (ALLOW_PRIVATE_URLS?: string) =>
  loadConfig({ DATABASE_URL: 'postgres://localhost/darkroom', ALLOW_PRIVATE_URLS });

it('allows private addresses only when the environment clearly says so', () => {
  for (const text of [undefined, '', '0', 'false', 'No'])
    expect(load(text).allowPrivateUrls).toBe(false);
  for (const text of ['1', 'true', 'YES']) expect(load(text).allowPrivateUrls).toBe(true);
  expect(() => load('maybe')).toThrow(
    'ALLOW_PRIVATE_URLS must be 1 or 0 (also true, false, yes, no), not "maybe"',
  );
});
