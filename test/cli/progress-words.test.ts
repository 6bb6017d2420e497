import { describe, expect, it } from 'vitest';
import { sentence } from '../../src/cli/print.js';
import { words } from '../../src/cli/progress-bar.js';
import type { Progress } from '../../src/domain/progress.js';

const RUNNING: Progress = {
  ...{ runId: 'r', scope: 'missing', status: 'running' },
  ...{ total: 100, done: 18, failed: 2, inFlight: 4, concurrency: 8 },
  ...{ startedAtMs: 0, nowMs: 10_000 },
};
const PAUSED: Progress = { ...RUNNING, status: 'paused' };
const because = { kind: 'StorageFull', message: 'There is no space left.' };

describe('a run that goes on', () => {
  it('is shown with its rate and the time that is left', () => {
    expect(sentence(RUNNING)).toBe('20 of 100 images, 2 failed, 2.0 images/s, about 40 s left');
    expect(words(RUNNING)).toEqual({ failed: 2, rate: '2.0', left: '40 s left' });
  });
});

describe('a run that is paused', () => {
  it('is shown as such, without a time when it would end', () => {
    expect(sentence(PAUSED)).toBe('paused - 20 of 100 images, 2 failed, 2.0 images/s');
    expect(words(PAUSED).left).toBe('paused');
  });

  it('says why when it paused itself', () => {
    const braked = { ...PAUSED, because };
    expect(sentence(braked)).toMatch(/^paused: There is no space left\. - 20 of 100 images/);
    expect(words(braked).left).toBe('paused: There is no space left.');
  });
});
