import { stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { openEncoderPool, type EncoderPool } from '../../src/imaging/encoder-pool.js';
import { MINUTE, openEncoderInputs, type EncoderInputs } from '../support/encoder-inputs.js';
import { inMidEncode, isAlive } from '../support/encoder-process.js';

let inputs: EncoderInputs;
let pool: EncoderPool;
beforeAll(async () => {
  inputs = await openEncoderInputs();
});
afterAll(() => inputs[Symbol.asyncDispose]());
beforeEach(() => {
  pool = openEncoderPool({ encoders: 1 });
});
afterEach(() => pool[Symbol.asyncDispose]());

describe('the encoder pool', () => {
  it('prepares an original and encodes a tier of it in one warm process', async () => {
    const { master, facts } = await pool.run('prepare', inputs.prepareJob(), MINUTE);
    expect(facts).toMatchObject({ mediaType: 'image/jpeg', widthPx: 300, heightPx: 200 });
    const { pids } = pool.stats();
    const [file] = await pool.run('encode', { ...inputs.quick(), master, widthPx: 150 }, MINUTE);
    expect(file).toMatchObject({ format: 'webp', widthPx: 150, heightPx: 100 });
    expect(pool.stats()).toEqual({
      encoders: 1,
      busy: 0,
      waiting: 0,
      megapixels: 0,
      lost: 0,
      pids,
    });
  });

  it('starts no process before there is work, and never more than it may', async () => {
    await using two = openEncoderPool({ encoders: 2 });
    expect(two.stats().pids).toEqual([]);
    const jobs = [1, 2, 3, 4].map(() => two.run('encode', inputs.quick(), MINUTE));
    expect(two.stats()).toMatchObject({ busy: 2, waiting: 2 });
    await Promise.all(jobs);
    expect(two.stats()).toMatchObject({ busy: 0, waiting: 0 });
    expect(two.stats().pids).toHaveLength(2);
  });

  it('hands on the kind and the words of a failure', async () => {
    const path = join(inputs.folder, 'note.jpg');
    await writeFile(path, 'no picture');
    await expect(pool.run('prepare', inputs.prepareJob(path), MINUTE)).rejects.toMatchObject({
      name: 'DarkroomError',
      kind: 'NotAnImage',
      message: 'The content of the file is not an image.',
    });
  });

  it('calls what nobody foresaw unexpected, with its message', async () => {
    const input = inputs.quick();
    const path = join(inputs.folder, 'nowhere', 'file');
    const outputs = input.outputs.map((output) => ({ ...output, path }));
    await expect(pool.run('encode', { ...input, outputs }, MINUTE)).rejects.toMatchObject({
      kind: 'Unexpected',
      message: expect.stringContaining('ENOENT'),
    });
    expect(pool.stats().lost).toBe(0);
  });

  it('loses only the job of an encoder that is killed from outside', async () => {
    const warnings: string[] = [];
    await using watched = openEncoderPool({
      encoders: 1,
      log: { warn: (message) => warnings.push(message) },
    });
    const doomed = watched.run('encode', inputs.slow(), MINUTE).catch((error: unknown) => error);
    const next = watched.run('encode', inputs.quick(), MINUTE);
    const pid = await inMidEncode(watched.stats().pids[0]);
    process.kill(pid, 'SIGKILL');
    expect(await doomed).toMatchObject({
      kind: 'EncoderCrashed',
      message: 'The encoder process was ended by SIGKILL.',
    });
    expect(await next).toHaveLength(1);
    expect(watched.stats()).toMatchObject({ lost: 1, busy: 0 });
    expect(watched.stats().pids).not.toContain(pid);
    expect(warnings).toEqual(['The encoder process was ended by SIGKILL.']);
  });

  it('replaces an idle encoder that is killed from outside', async () => {
    await pool.run('encode', inputs.quick(), MINUTE);
    process.kill(pool.stats().pids[0] ?? 0, 'SIGKILL');
    await vi.waitUntil(() => pool.stats().pids.length === 0);
    expect(await pool.run('encode', inputs.quick(), MINUTE)).toHaveLength(1);
  });

  it('ends an encode within a second of its abort, and works on', async () => {
    const cancel = new AbortController();
    const job = inputs.slow();
    const aborted = pool
      .run('encode', job, { ...MINUTE, signal: cancel.signal })
      .catch((error: unknown) => error);
    const pid = await inMidEncode(pool.stats().pids[0]);
    const reason = new Error('cancelled by the test');
    const abortedAt = performance.now();
    cancel.abort(reason);
    expect(await aborted).toBe(reason);
    expect(await isAlive(pid)).toBe(false);
    expect(performance.now() - abortedAt).toBeLessThan(1000);
    await expect(stat(job.outputs[0]?.path ?? '')).rejects.toThrow('ENOENT');
    expect(await pool.run('encode', inputs.quick(), MINUTE)).toHaveLength(1);
    expect(pool.stats().lost).toBe(0);
  });

  it('takes an aborted job off the queue without touching the one at work', async () => {
    const cancel = new AbortController();
    const working = pool.run('prepare', inputs.prepareJob(), MINUTE);
    const queued = pool
      .run('encode', inputs.quick(), { ...MINUTE, signal: cancel.signal })
      .catch((error: unknown) => error);
    expect(pool.stats()).toMatchObject({ busy: 1, waiting: 1 });
    cancel.abort('not needed any more');
    expect(await queued).toBe('not needed any more');
    expect(pool.stats()).toMatchObject({ busy: 1, waiting: 0 });
    await working;
  });

  it('starts nothing for a signal that is aborted already', async () => {
    const signal = AbortSignal.abort('too late');
    await expect(pool.run('encode', inputs.quick(), { ...MINUTE, signal })).rejects.toBe(
      'too late',
    );
    expect(pool.stats().pids).toEqual([]);
  });

  it('ends an encode that takes longer than its limit', async () => {
    const running = pool.run('encode', inputs.slow(), { timeoutMs: 700 });
    const pid = pool.stats().pids[0] ?? 0;
    await expect(running).rejects.toMatchObject({
      kind: 'EncodeTimedOut',
      message: 'The encode job took longer than 0.7 s.',
    });
    expect(await isAlive(pid)).toBe(false);
  });

  it('blames the machine, and not the image, when no process can be started', async () => {
    const program = process.execPath;
    process.execPath = join(inputs.folder, 'no-node-here');
    try {
      await expect(pool.run('encode', inputs.quick(), MINUTE)).rejects.toMatchObject({
        kind: 'EncoderUnavailable',
        message: expect.stringContaining('could not be started'),
      });
    } finally {
      process.execPath = program;
    }
    await pool.run('encode', inputs.quick(), MINUTE);
  });

  it('blames the machine, and not the image, for a process that ends before it is up', async () => {
    const program = process.execPath;
    process.execPath = join(inputs.folder, 'ends-at-once');
    await writeFile(process.execPath, '#!/bin/sh\nexit 1\n', { mode: 0o755 });
    try {
      for (let attempt = 1; attempt <= 3; attempt++) {
        await expect(pool.run('encode', inputs.quick(), MINUTE)).rejects.toMatchObject({
          kind: 'EncoderUnavailable',
          message: 'The encoder process exited with code 1.',
        });
      }
    } finally {
      process.execPath = program;
    }
    await pool.run('encode', inputs.quick(), MINUTE);
  });

  it('takes waiting jobs by priority, encodes before prepares, then by age', async () => {
    const order: string[] = [];
    const enqueue = (name: string, job: 'encode' | 'prepare', priority?: number) => {
      const options = { ...MINUTE, ...(priority !== undefined && { priority }) };
      const run =
        job === 'encode'
          ? pool.run('encode', inputs.quick(), options)
          : pool.run('prepare', inputs.prepareJob(), options);
      return run.then(() => order.push(name));
    };
    await Promise.all([
      enqueue('at work already', 'prepare', 5),
      enqueue('backfill', 'encode', 5),
      enqueue('prepare', 'prepare'),
      enqueue('encode', 'encode'),
      enqueue('later encode', 'encode', 3),
      enqueue('upload', 'prepare', 1),
    ]);
    expect(order).toEqual([
      'at work already',
      'upload',
      'encode',
      'later encode',
      'prepare',
      'backfill',
    ]);
  });

  it('keeps the encoder of an urgent original for its first tier, and not for ever', async () => {
    const order: string[] = [];
    const enqueue = (name: string, priority: number) =>
      pool.run('encode', inputs.quick(), { ...MINUTE, priority }).then(() => order.push(name));
    const prepared = pool.run('prepare', inputs.prepareJob(), { ...MINUTE, priority: 1 });
    const backfill = enqueue('backfill', 5);
    const tier = prepared.then(async () => {
      // As long as the way through catalog and Temporal takes, and a turn for whoever waits.
      await new Promise((resolve) => setImmediate(resolve));
      return enqueue('tier of the upload', 1);
    });
    await Promise.all([backfill, tier]);
    expect(order).toEqual(['tier of the upload', 'backfill']);

    await pool.run('prepare', inputs.prepareJob(), { ...MINUTE, priority: 1 });
    await enqueue('backfill after an upload without a tier', 5);
    expect(order).toHaveLength(3);
  });

  it('decodes no more megapixels at once than it may, a larger picture alone', async () => {
    // The slow encode takes 4 megapixels, the quick one a few thousand pixels.
    await using narrow = openEncoderPool({ encoders: 2, maxMegapixelsInFlight: 3 });
    const cancel = new AbortController();
    const first = narrow
      .run('encode', inputs.slow(), { ...MINUTE, signal: cancel.signal })
      .catch((error: unknown) => error);
    await vi.waitUntil(() => narrow.stats().megapixels === 4);
    const waits = narrow.run('encode', inputs.quick(), MINUTE);
    await inMidEncode(narrow.stats().pids[0]);
    expect(narrow.stats()).toMatchObject({ busy: 2, megapixels: 4 });
    cancel.abort('enough');
    expect(await first).toBe('enough');
    expect(await waits).toHaveLength(1);
    expect(narrow.stats()).toMatchObject({ busy: 0, megapixels: 0 });
  });

  it('does not count the wait for memory as working time', async () => {
    await using narrow = openEncoderPool({ encoders: 2, maxMegapixelsInFlight: 3 });
    const first = narrow.run('encode', inputs.slow(), { timeoutMs: 3000 }).catch(() => 'ended');
    await vi.waitUntil(() => narrow.stats().megapixels === 4);
    const waits = narrow.run('encode', inputs.quick(), { timeoutMs: 2000 });
    expect(await first).toBe('ended');
    expect(await waits).toHaveLength(1);
  });

  it('rejects what runs and what waits when it closes, and leaves no process', async () => {
    const failures = [inputs.slow(), inputs.quick()].map((input) =>
      pool.run('encode', input, MINUTE).catch((error: unknown) => error),
    );
    const pid = await inMidEncode(pool.stats().pids[0]);
    await pool[Symbol.asyncDispose]();
    expect(await isAlive(pid)).toBe(false);
    for (const failure of await Promise.all(failures)) {
      expect(failure).toMatchObject({ kind: 'WorkerStopping' });
    }
    await expect(pool.run('encode', inputs.quick(), MINUTE)).rejects.toMatchObject({
      kind: 'WorkerStopping',
    });
  });
});
