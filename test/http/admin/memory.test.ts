import { describe, expect, it, vi } from 'vitest';
import { Memory } from '../../../src/http/admin/memory.js';

/** Answers that are given by hand, the first to the first question. */
function asked() {
  const answers: { give: (answer: string) => void; fail: (error: Error) => void }[] = [];
  const ask = vi.fn(() => new Promise<string>((give, fail) => answers.push({ give, fail })));
  return { ask, answers };
}

describe('what many people look at', () => {
  it('is asked once, however long the answer takes, and again when it is old', async () => {
    const now = vi.spyOn(performance, 'now').mockReturnValue(0);
    const { ask, answers } = asked();
    const count = new Memory().keep(1_000, ask);
    const first = count();
    now.mockReturnValue(5_000);
    const second = count();
    answers[0]?.give('one');
    expect([await first, await second]).toEqual(['one', 'one']);
    now.mockReturnValue(5_999);
    expect(await count()).toBe('one');
    now.mockReturnValue(6_000);
    const later = count();
    answers[1]?.give('two');
    expect(await later).toBe('two');
    expect(ask).toHaveBeenCalledTimes(2);
    now.mockRestore();
  });

  it('is asked again after a failure, and when something was changed meanwhile', async () => {
    const memory = new Memory();
    const { ask, answers } = asked();
    const count = memory.keep(60_000, ask);
    const failing = count();
    answers[0]?.fail(new Error('away'));
    await expect(failing).rejects.toThrow('away');
    const before = count();
    memory.forget();
    const after = count();
    answers[2]?.give('after the change');
    answers[1]?.give('before the change');
    expect([await before, await after]).toEqual(['before the change', 'after the change']);
    expect(await count()).toBe('after the change');
    expect(ask).toHaveBeenCalledTimes(3);
  });
});
