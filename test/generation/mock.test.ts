import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SourcePicture } from '../../src/generation/generation.js';
import { openMockGeneration } from '../../src/generation/mock.js';
import { openEncoderPool, type EncoderPool } from '../../src/imaging/encoder-pool.js';
import { paintWith } from '../../src/open/generation.js';
import { openScratch, type Scratch } from '../../src/activities/scratch.js';
import { similarity } from '../support/compare.js';
import { picture } from '../support/pictures.js';
import { describeGeneration } from './generation.contract.js';
import { followed, order, pictureOf, SIGNAL } from './orders.js';

let folder: string;
let encoders: EncoderPool;
let scratch: Scratch;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mock-'));
  encoders = openEncoderPool({ encoders: 1 });
  scratch = await openScratch(folder);
});
afterAll(async () => {
  await encoders[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

const mock = (durationMs = 300) =>
  openMockGeneration({ durationMs, paint: paintWith({ encoders, scratch }) });

describeGeneration('mock', () => ({ provider: mock(), slow: () => mock(3_600_000) }));

const jpeg = (seed: number) => picture({ widthPx: 320, heightPx: 256, seed });
const sourceOf = (bytes: Buffer): SourcePicture => ({
  bytes: async () => ({ bytes, mediaType: 'image/jpeg' }),
});

describe('a picture by mock', () => {
  it('goes on in another process, as fast as when it was begun', async () => {
    const ordered = order();
    const { id } = await mock(200).create(ordered, SIGNAL);
    const { end } = await followed(mock(3_600_000), { ...ordered, predictionId: id });
    expect(end).toMatchObject({ id, state: 'succeeded', usage: { predictSeconds: 0.2 } });
  });

  it('is the same each time it is read, and another for another generation', async () => {
    const ordered = order();
    const one = await pictureOf(mock(0), ordered);
    expect(await pictureOf(mock(0), ordered)).toEqual(one);
    expect(await pictureOf(mock(0), order())).not.toEqual(one);
  });

  it.each([1, 2, 3])('stays with its source at little strength: %i', async (seed) => {
    const bytes = await jpeg(seed);
    const source = sourceOf(bytes);
    const near = await pictureOf(mock(0), order({ strength: 0.1 }, { source }));
    expect(await similarity(near, bytes)).toBeGreaterThanOrEqual(0.9);
    const far = await pictureOf(mock(0), order({ strength: 0.9 }, { source }));
    expect(await similarity(far, bytes)).toBeLessThan(0.5);
  });

  it('is unknown by a name that nobody gave it', async () => {
    const placed = { ...order(), predictionId: 'r1x' };
    await expect(mock().get(placed, SIGNAL)).rejects.toMatchObject({ kind: 'ResultExpired' });
  });
});
