import { once } from 'node:events';
import { PassThrough, Readable } from 'node:stream';
import { buffer, text } from 'node:stream/consumers';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { wholeBody } from '../../src/storage/s3-body.js';
import { failureKind } from './storage.contract.js';

const SILENCE_MS = 20;

function bodyOf(body: Readable, sizeBytes?: number, signal?: AbortSignal): Readable {
  return wholeBody(body, { name: 'k', sizeBytes, silenceMs: SILENCE_MS, signal });
}

describe('the body of an object', () => {
  it('comes through as it is', async () => {
    expect(await text(bodyOf(Readable.from([Buffer.from('ab'), Buffer.from('c')]), 3))).toBe('abc');
    expect(await text(bodyOf(Readable.from([]), 0))).toBe('');
    expect(await text(bodyOf(Readable.from([Buffer.from('ab')])))).toBe('ab');
  });

  it.each([
    [2, '3 of 2 bytes came'],
    [4, '3 of 4 bytes came'],
  ])('fails when %i bytes were promised and 3 come', async (promised, words) => {
    const body = bodyOf(Readable.from([Buffer.from('abc')]), promised);
    await expect(text(body)).rejects.toMatchObject({
      kind: 'StorageUnavailable',
      message: `k: ${words}`,
    });
  });

  it('fails when it is silent, and lets go of the connection', async () => {
    const source = new PassThrough();
    source.write('abc');
    await expect(buffer(bodyOf(source, 6))).rejects.toThrow(`k: nothing came for ${SILENCE_MS} ms`);
    expect(source.destroyed).toBe(true);
  });

  it('fails with what broke it', async () => {
    const source = new PassThrough();
    const body = bodyOf(source, 6);
    source.write('abc', () => source.destroy(new Error('socket hang up')));
    expect(await failureKind(buffer(body))).toBe('StorageUnavailable');
    expect(body.errored?.message).toBe('k: socket hang up after 3 of 6 bytes');
  });

  it('ends at once when its signal aborts or its reader leaves, however silent it is', async () => {
    const abort = new AbortController();
    const sources = [new PassThrough(), new PassThrough()] as const;
    const aborted = text(bodyOf(sources[0], 3, abort.signal));
    abort.abort();
    await expect(aborted).rejects.toThrow(/abort/i);

    const left = bodyOf(sources[1], 3).resume();
    left.destroy();
    await once(left, 'close');
    expect(sources.map((source) => source.destroyed)).toEqual([true, true]);
  });

  it('does not take a reader that pauses for silence', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    onTestFinished(() => void vi.useRealTimers());
    const source = new PassThrough();
    const body = bodyOf(source, 400_000);
    source.end(Buffer.alloc(400_000));
    await once(body, 'readable');
    vi.advanceTimersByTime(10 * SILENCE_MS);
    expect((await buffer(body)).length).toBe(400_000);
  });
});
