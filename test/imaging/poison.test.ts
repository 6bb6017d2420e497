import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { openEncoderPool } from '../../src/imaging/encoder-pool.js';
import { MINUTE, openEncoderInputs, type EncoderInputs } from '../support/encoder-inputs.js';
import { inMidEncode, isAlive } from '../support/encoder-process.js';

let inputs: EncoderInputs;
beforeAll(async () => {
  inputs = await openEncoderInputs();
});
afterAll(() => inputs[Symbol.asyncDispose]());

const caught = (error: unknown) => error;

describe('a job that is to run alone', () => {
  it('waits for those that run, and the others wait for it', async () => {
    await using pool = openEncoderPool({ encoders: 2 });
    const cancel = new AbortController();
    const before = pool
      .run('encode', inputs.slow(), { ...MINUTE, signal: cancel.signal })
      .catch(caught);
    const order: string[] = [];
    const alone = pool
      .run('encode', inputs.quick(), { ...MINUTE, alone: true })
      .then(() => order.push('alone'));
    const after = pool.run('encode', inputs.quick(), MINUTE).then(() => order.push('after it'));
    expect(pool.stats()).toMatchObject({ busy: 1, waiting: 2 });
    cancel.abort('the one before it is over');
    await Promise.all([before, alone, after]);
    expect(order).toEqual(['alone', 'after it']);
  });

  it('has nobody beside it from beginning to end', async () => {
    await using pool = openEncoderPool({ encoders: 2 });
    const cancel = new AbortController();
    const alone = pool
      .run('encode', inputs.slow(), { ...MINUTE, alone: true, signal: cancel.signal })
      .catch(caught);
    const urgent = pool.run('encode', inputs.quick(), { ...MINUTE, priority: 1 });
    await inMidEncode(pool.stats().pids[0]);
    expect(pool.stats()).toMatchObject({ busy: 1, waiting: 1 });
    cancel.abort('seen enough');
    await alone;
    expect(await urgent).toHaveLength(1);
  });
});

describe('an encoder that takes more memory than it may', () => {
  it('is killed, and takes no other job with it', async () => {
    // After the quick job an encoder has 68 MB, in the slow one 196.
    await using pool = openEncoderPool({ encoders: 2, maxMemoryMb: 130 });
    const bomb = pool.run('encode', inputs.slow(), MINUTE).catch(caught);
    const neighbours = [1, 2, 3].map(() => pool.run('encode', inputs.quick(), MINUTE));
    const [pid] = pool.stats().pids;
    expect(await bomb).toMatchObject({
      kind: 'EncoderOutOfMemory',
      message: expect.stringMatching(/^The encode job took \d+ MB; the limit is 130 MB\.$/),
    });
    expect(await isAlive(pid ?? 0)).toBe(false);
    expect((await Promise.all(neighbours)).flat()).toHaveLength(3);
    expect(await pool.run('encode', inputs.quick(), MINUTE)).toHaveLength(1);
    await vi.waitUntil(() => pool.stats().busy === 0);
    expect(pool.stats().lost).toBe(0);
  });
});
