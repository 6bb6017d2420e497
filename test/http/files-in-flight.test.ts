import { once } from 'node:events';
import { request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { createAdaptorServer } from '@hono/node-server';
import { Hono } from 'hono';
import { describe, expect, it, vi } from 'vitest';
import { FilesInFlight, type SendingLimits } from '../../src/http/files-in-flight.js';
import type { HttpEnv, HttpSettings } from '../../src/http/http-deps.js';
import { sendFile } from '../../src/http/send-file.js';

const LIMITS: SendingLimits = { atOnce: 2, waitMs: 60_000, graceMs: 60_000, bytesPerMs: 20 };

/** More than any buffer on the way holds. */
const endless = () => Readable.from(endlessly(), { objectMode: false });

async function* endlessly() {
  for (;;) yield await Promise.resolve(Buffer.alloc(64_000));
}

describe('files that are being sent', () => {
  it('are so many for one caller, and as many for the next one', async () => {
    const sending = new FilesInFlight({ ...LIMITS, waitMs: 20 });
    const asked = ['alice', 'alice', 'bob'].map((who) =>
      sending.send(who, { open: async () => endless() }),
    );
    const bodies = await Promise.all(asked);
    const third = sending.send('alice', { open: async () => endless() });
    await expect(third).rejects.toMatchObject({ kind: 'TooManyRequests' });
    for (const body of bodies) await body.cancel();
    await expect(sending.send('alice', { open: async () => endless() })).resolves.toBeDefined();
  });

  it('make room for the one that waits, whichever way they end', async () => {
    const sending = new FilesInFlight({ ...LIMITS, atOnce: 1 });
    const first = await sending.send('alice', {
      open: async () => Readable.from([Buffer.from('one')]),
    });
    const second = sending.send('alice', {
      open: async () => Promise.reject(new Error('it is gone')),
    });
    const third = sending.send('alice', {
      open: async () => Readable.from([Buffer.from('three')]),
    });
    expect(await new Response(first).text()).toBe('one');
    await expect(second).rejects.toThrow('it is gone');
    expect(await new Response(await third).text()).toBe('three');
  });

  it('pass over who has gone while he waited', async () => {
    const sending = new FilesInFlight({ ...LIMITS, atOnce: 1 });
    const first = await sending.send('alice', { open: async () => endless() });
    const gone = new AbortController();
    const opened = vi.fn(async () => endless());
    const second = sending.send('alice', { open: opened, signal: gone.signal });
    gone.abort(new Error('nobody waits'));
    await expect(second).rejects.toThrow('nobody waits');
    const third = sending.send('alice', { open: async () => endless() });
    await first.cancel();
    await expect(third).resolves.toBeDefined();
    expect(opened).not.toHaveBeenCalled();
  });

  it('end when they are not taken, and let go of the storage', async () => {
    const sending = new FilesInFlight({ ...LIMITS, graceMs: 50, bytesPerMs: 100_000 });
    const file = endless();
    const body = await sending.send('alice', { open: async () => file });
    await expect.poll(() => file.destroyed).toBe(true);
    await expect(new Response(body).text()).rejects.toMatchObject({ kind: 'RequestTooSlow' });
  });

  it('go on for as long as they are taken fast enough', async () => {
    const sending = new FilesInFlight({ ...LIMITS, graceMs: 50, bytesPerMs: 1 });
    const body = await sending.send('alice', { open: async () => endless() });
    const began = performance.now();
    for await (const _chunk of body) if (performance.now() - began > 150) break;
    expect(performance.now() - began).toBeGreaterThan(150);
  });

  it('end the connection when the storage breaks off, with no word of ours among the bytes', async () => {
    const report = vi.fn();
    const said = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    const sizeBytes = 1_000_000;
    const app = new Hono<HttpEnv>();
    app.get('/file', (c) => {
      const open = () => Promise.resolve(breakingOff(new Error('EIO at /srv/originals/a.jpg')));
      const file = { sizeBytes, version: '1', mediaType: 'image/jpeg', open };
      const settings = { trustProxy: false } as HttpSettings;
      return sendFile(c, file, {}, { inFlight: new FilesInFlight(LIMITS), settings, report });
    });
    const server = createAdaptorServer({ fetch: app.fetch });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const got: Buffer[] = [];
    const { port } = server.address() as AddressInfo;
    const aborted = new Promise<unknown>((resolve) => {
      request({ port, path: '/file' }, (answer) => {
        answer.on('data', (chunk: Buffer) => got.push(chunk));
        answer.once('error', resolve).once('end', () => resolve('whole'));
      }).end();
    });
    expect(await aborted).toMatchObject({ code: 'ECONNRESET' });
    expect(Buffer.concat(got).every((byte) => byte === 7)).toBe(true);
    expect(report.mock.calls).toMatchObject([
      [{ message: 'EIO at /srv/originals/a.jpg' }, undefined],
    ]);
    expect(said).not.toHaveBeenCalled();
    said.mockRestore();
    await new Promise((resolve) => server.close(resolve));
  });
});

/** After its first bytes have gone out. */
function breakingOff(error: Error): Readable {
  const file = new Readable({ read: () => undefined });
  file.push(Buffer.alloc(64_000, 7));
  setImmediate(() => file.destroy(error));
  return file;
}
