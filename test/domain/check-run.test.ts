import { describe, expect, it } from 'vitest';
import { checkRun, type AskedOfRun } from '../../src/domain/check-run.js';

describe('what is asked of a run', () => {
  it.each<AskedOfRun>([
    {},
    { concurrency: 1 },
    { concurrency: 500, limit: 1_000_000, pageSize: 100, pagesPerExecution: 5 },
    { scope: 'stale', steps: ['variants'] },
  ])('may be %j', (asked) => {
    expect(() => checkRun(asked)).not.toThrow();
  });

  it.each<[AskedOfRun, string]>([
    [{ concurrency: 0 }, 'The concurrency must be a whole number from 1 to 500.'],
    [{ concurrency: 501 }, 'The concurrency must be a whole number from 1 to 500.'],
    [{ concurrency: 2.5 }, 'The concurrency must be a whole number from 1 to 500.'],
    [{ concurrency: NaN }, 'The concurrency must be a whole number from 1 to 500.'],
    [{ limit: 0 }, 'The limit must be a whole number above 0.'],
    [{ pageSize: -1 }, 'The page size must be a whole number from 1 to 1000.'],
    [{ pagesPerExecution: 0 }, 'Pages per execution must be a whole number from 1 to 1000.'],
    [{ steps: [] }, 'A run needs a step; there are variants, metadata, embedding.'],
  ])('may not be %j', async (asked, message) => {
    const refused = async () => checkRun(asked);
    await expect(refused()).rejects.toMatchObject({ kind: 'InvalidInput', message });
  });
});
