import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { temporaryFolder } from '../support/temporary-folder.js';
import { check } from './checker.js';
import { runChaos } from './run.js';
import { sizesOf } from './schedule.js';

const SIZES = sizesOf({ minutes: 5 });

it('faults of every kind cost nothing but time, and the checker would say so if they did', async () => {
  const folder = join(temporaryFolder(), 'chaos');
  const said: string[] = [];
  const result = await runChaos({
    ...{ seed: 9, sizes: SIZES, stack: 'embedded', folder },
    say: (line) => said.push(line),
  });

  const { verdict, evidence, history } = result;
  // In the message as well, whose first line is all that the end of a long log has of it.
  expect(verdict, verdict.lost.concat(verdict.fallen, verdict.unforeseen).join('; ')).toMatchObject(
    {
      ...{ lost: [], duplicated: [], torn: [], mismatched: [], billedTwice: [] },
      ...{ late: [], fallen: [], unforeseen: [], missed: [] },
    },
  );
  expect(verdict.encodesOverNeeded).toBeLessThanOrEqual(verdict.encodesBound);
  expect(result.clean).toBe(true);
  expect(result.images).toBeGreaterThanOrEqual(SIZES.images);
  // Whoever was not answered has asked for another one.
  expect(evidence.ledger.length).toBeGreaterThanOrEqual(SIZES.generations);

  // The same evidence without one object, and with one that ends too early: of files, whose variants
  // are known.
  const named = new Set(evidence.reference.map(({ fileName }) => fileName));
  const ids = new Set(evidence.images.filter((it) => named.has(it.fileName)).map(({ id }) => id));
  const keys = new Set(evidence.variants.filter((it) => ids.has(it.imageId)).map(({ key }) => key));
  const [first, second] = evidence.objects.filter(({ key }) => keys.has(key));
  const others = evidence.objects.filter((it) => it !== first && it !== second);
  const spoiled = { ...second, sizeBytes: 1 } as typeof second & object;
  const after = check({ ...evidence, objects: [...others, spoiled] });
  expect([after.lost.length, after.torn.length]).toEqual([1, 1]);
  expect(first?.picture).toHaveProperty('format');

  const kinds = readFileSync(history, 'utf8')
    .trim()
    .split('\n')
    .map((line) => (JSON.parse(line) as { what: string }).what);
  expect(new Set(kinds)).toContain('temporalKill');
  expect(kinds.at(-1)).toBe('verdict');
}, 1_200_000);
