import { describe, expect, it, vi } from 'vitest';
import { signalAfter } from '../../src/activities/signal-after.js';

describe('signalAfter', () => {
  it('aborts so much later, for the same reason, whether the abort comes or has come', () => {
    vi.useFakeTimers();
    try {
      const first = new AbortController();
      const waiting = signalAfter(first.signal, 5_000);
      vi.advanceTimersByTime(60_000);
      expect(waiting.aborted).toBe(false);
      first.abort('enough');
      const begun = signalAfter(first.signal, 5_000);
      vi.advanceTimersByTime(4_999);
      expect([waiting.aborted, begun.aborted]).toEqual([false, false]);
      vi.advanceTimersByTime(1);
      expect([waiting.reason, begun.reason]).toEqual(['enough', 'enough']);
    } finally {
      vi.useRealTimers();
    }
  });
});
