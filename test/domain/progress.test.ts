import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  duration,
  etaSeconds,
  progressTable,
  ratePerSecond,
  type Progress,
} from '../../src/domain/progress.js';
import { outcome } from '../../src/domain/runs.js';

function progress(changes: Partial<Progress> = {}): Progress {
  return {
    runId: 'r',
    scope: 'missing',
    status: 'running',
    total: 100,
    done: 18,
    failed: 2,
    inFlight: 4,
    concurrency: 8,
    startedAtMs: 1_000,
    nowMs: 11_000,
    ...changes,
  };
}

describe('duration', () => {
  it.each([
    [-3, '0 s'],
    [0, '0 s'],
    [12.4, '12 s'],
    [59.6, '1 min 0 s'],
    [250, '4 min 10 s'],
    [3599, '59 min 59 s'],
    [3600, '1 h 0 min'],
    [7530, '2 h 5 min'],
    [100_000, '27 h 46 min'],
  ])('says %d seconds as %s', (seconds, text) => {
    expect(duration(seconds)).toBe(text);
  });
});

describe('the rate and the time left', () => {
  it('count what failed as finished', () => {
    expect(ratePerSecond(progress())).toBe(2);
    expect(etaSeconds(progress())).toBe(40);
  });

  it('leave out how long the run was paused', () => {
    const paused = progress({ nowMs: 71_000, pausedMs: 60_000 });
    expect(ratePerSecond(paused)).toBe(2);
    expect(etaSeconds(paused)).toBe(40);
  });

  it('are not known before the first image has finished', () => {
    expect(etaSeconds(progress({ done: 0, failed: 0 }))).toBeUndefined();
    expect(etaSeconds(progress({ nowMs: 1_000 }))).toBeUndefined();
  });

  it('never go below zero, even when more images finish than were counted', () => {
    const count = fc.nat(1000);
    fc.assert(
      fc.property(count, count, count, (total, done, failed) => {
        expect(etaSeconds(progress({ total, done, failed })) ?? 0).toBeGreaterThanOrEqual(0);
      }),
    );
  });
});

describe('progressTable', () => {
  it('is a Markdown table of what a watcher wants to know', () => {
    expect(progressTable(progress()).split('\n')).toEqual([
      '| | |',
      '|---|---|',
      '| status | running |',
      '| scope | missing |',
      '| done | 18 of 100 |',
      '| failed | 2 |',
      '| in flight | 4 of 8 |',
      '| rate | 2.0 images/s |',
      '| time left | 40 s |',
    ]);
    expect(progressTable(progress({ done: 0, failed: 0 }))).toContain('| not known yet |');
  });
});

describe('outcome', () => {
  it('tells a clean run from one with failures', () => {
    expect(outcome({ done: 3, failed: 0 })).toBe('succeeded');
    expect(outcome({ done: 3, failed: 1 })).toBe('succeeded_with_failures');
    expect(outcome({ done: 0, failed: 0 })).toBe('succeeded');
  });
});
