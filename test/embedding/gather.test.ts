import { once } from 'node:events';
import { expect, it } from 'vitest';
import { gatherTexts, type Gathering } from '../../src/embedding/gather.js';

it('answers who comes in the moment in which a call is called off for those before', async () => {
  const calls: string[][] = [];
  const first = new AbortController();
  const { signal: stays } = new AbortController();
  let late: Promise<number[]> | undefined;

  const call: Gathering['call'] = async (texts, { signal }) => {
    if (late === undefined && signal !== undefined) {
      const calledOff = once(signal, 'abort');
      first.abort(new Error('cancelled'));
      // Its turn comes only after it was called off, and after somebody else has come.
      await calledOff;
      late = embed('newcomer', { signal: stays });
    }
    calls.push(texts());
    signal?.throwIfAborted();
    return texts().map((_, index) => [index]);
  };
  const embed = gatherTexts({ most: 10, call });

  await expect(embed('first', { signal: first.signal })).rejects.toThrow('cancelled');
  await expect.poll(() => late !== undefined).toBe(true);
  await expect(late).resolves.toEqual([0]);
  expect(calls).toEqual([['newcomer'], ['newcomer']]);
});
