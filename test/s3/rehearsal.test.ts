import { expect, it } from 'vitest';
import { rehearse } from '../rehearsal/rehearse.js';

it('the installed package, PostgreSQL, S3 and two workers, replaced while they work, lose nothing', async () => {
  const lines: string[] = [];
  const rehearsal = await rehearse({ say: (line) => lines.push(line) });
  expect(rehearsal).toMatchObject({ images: 24, variants: 24 * 6, problems: [] });
  // What a worker had begun when it was stopped may be made once more.
  const { byWorker } = rehearsal;
  expect(Object.keys(byWorker)).toHaveLength(4);
  expect(Object.values(byWorker).every((count) => count > 0)).toBe(true);
}, 600_000);
