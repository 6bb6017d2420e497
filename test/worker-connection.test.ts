import { expect, inject, it, vi } from 'vitest';
import { openWorkerConnection } from '../src/worker-connection.js';
import { openBreakableProxy } from './support/breakable-proxy.js';

it('a worker waits for a Temporal server that has gone away while it started', async () => {
  const { port } = new URL(`tcp://${inject('temporalAddress')}`);
  await using proxy = await openBreakableProxy(Number(port));
  proxy.break();
  const temporalAddress = `127.0.0.1:${proxy.port}`;
  const warn = vi.fn(() => proxy.mend());
  const settings = { temporalAddress, temporalNamespace: 'default' };
  const connection = await openWorkerConnection(settings, { warn });
  await connection.close();
  expect(warn).toHaveBeenCalledWith(
    `No Temporal server answers at ${temporalAddress}. Trying again.`,
  );
});
