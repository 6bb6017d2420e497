import { describe, expect, it } from 'vitest';
import { summarise, total } from '../../scripts/test-summary.js';

const report = (numPassedTests: number, numFailedTests = 0, numPendingTests = 0) => ({
  numPassedTests,
  numFailedTests,
  numPendingTests,
  numTodoTests: 0,
  testResults: [],
});

describe('the last line of npm test', () => {
  it('counts what passed and failed', () => {
    expect(summarise(report(3), 0)).toMatchObject({ line: '3 passed, 0 failed', exitCode: 0 });
    expect(summarise(report(3, 2), 1)).toMatchObject({ line: '3 passed, 2 failed', exitCode: 1 });
  });

  it('names skipped tests only when there are some', () => {
    expect(summarise(report(3, 0, 1), 0).line).toBe('3 passed, 0 failed, 1 skipped');
  });

  it('counts a file that did not load as failed', () => {
    const broken = { ...report(3), testResults: [{ status: 'failed', assertionResults: [] }] };
    expect(summarise(broken, 1)).toMatchObject({ line: '3 passed, 1 failed', exitCode: 1 });
  });

  it('does not count a failed test again for its file', () => {
    const file = { status: 'failed', assertionResults: [{ status: 'failed' }] };
    const failed = { ...report(3, 1), testResults: [file] };
    expect(summarise(failed, 1).line).toBe('3 passed, 1 failed');
  });

  it('fails when vitest failed, whatever was reported', () => {
    expect(summarise(report(3), 1)).toMatchObject({ line: '3 passed, 1 failed', exitCode: 1 });
    expect(summarise(report(3), null)).toMatchObject({ line: '3 passed, 1 failed', exitCode: 1 });
    expect(summarise(undefined, 0)).toMatchObject({ line: '0 passed, 1 failed', exitCode: 1 });
  });

  it('fails when no test ran', () => {
    expect(summarise(report(0, 0, 4), 0)).toMatchObject({
      line: '0 passed, 0 failed, 4 skipped',
      exitCode: 1,
    });
  });
});

describe('the last line of several passes', () => {
  it('is their sum', () => {
    const passes = [summarise(report(3), 0), summarise(report(4, 0, 1), 0)];
    expect(total(passes)).toMatchObject({ line: '7 passed, 0 failed, 1 skipped', exitCode: 0 });
  });

  it('fails when one of them failed or ran nothing, or none was there', () => {
    const good = summarise(report(3), 0);
    expect(total([good, summarise(report(1, 2), 1)])).toMatchObject({
      line: '4 passed, 2 failed',
      exitCode: 1,
    });
    expect(total([good, summarise(report(0), 0)]).exitCode).toBe(1);
    expect(total([])).toMatchObject({ line: '0 passed, 0 failed', exitCode: 1 });
  });
});
