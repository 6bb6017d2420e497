import { Readable } from 'node:stream';
import { describe, expect, it, vi } from 'vitest';
import { FilesInFlight, type SendingLimits } from '../../src/http/files-in-flight.js';

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
});
