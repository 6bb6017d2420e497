import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { ActivityDeps } from '../../src/activities/deps.js';
import { currentHashes } from '../../src/open.js';
import type { Recipe } from '../../src/domain/recipe.js';
import { loadConfig } from '../../src/config/config.js';
import { DEFAULT_RECIPE } from '../../src/domain/recipes.js';
import { addOne } from '../support/add-pictures.js';
import { gate, type Gate } from '../support/gate.js';
import { startPipeline, type Pipeline } from '../support/pipeline.js';
import { runEnd } from '../support/run-end.js';

const OF_YESTERDAY: Recipe = {
  tiers: [
    { label: 'sm', widthPx: 320 },
    { label: 'lg', widthPx: 1920 },
  ],
  formats: [{ format: 'webp', quality: 50, effort: 0 }],
};

const STALE = { scope: 'stale' as const, steps: ['variants' as const] };

describe('a run over stale images', () => {
  let pipeline: Pipeline;
  afterEach(() => pipeline[Symbol.asyncDispose]());

  /** Three photographs, ready by the recipe of yesterday, and workers that have today's. */
  async function yesterdaysLibrary(held: Gate): Promise<string[]> {
    pipeline = await startPipeline({
      replace: (deps) => ({
        ...{ recipe: OF_YESTERDAY, recipeHash: 'of yesterday' },
        encoders: holdingSecond(deps.encoders, 1024, held),
      }),
    });
    const ids: string[] = [];
    for (const name of ['a', 'b', 'c']) {
      ids.push(await addOne(pipeline, `${name}.jpg`, ids.length + 1));
    }
    for (const id of ids) await pipeline.darkroom.process(id, { wait: true });
    await pipeline.stopWorkers();
    pipeline.deps.recipe = DEFAULT_RECIPE;
    pipeline.deps.recipeHash = (await currentHashes(loadConfig(pipeline.env))).recipe;
    await pipeline.startWorkers();
    return ids;
  }

  const viewOf = async (imageId: string) => {
    const view = await pipeline.darkroom.image(imageId);
    if (view === undefined) throw new Error('The image is gone.');
    return view;
  };
  const served = async (ids: string[]) => (await Promise.all(ids.map(viewOf))).flatMap(keysOf);
  const bytesOf = (key: string) => readFile(join(pipeline.env.VARIANT_STORAGE ?? '', key));

  it('costs what its preview says, and keeps every address good when it is cancelled half-way', async () => {
    const held = gate();
    const ids = await yesterdaysLibrary(held);
    const before = new Map<string, Buffer>();
    for (const key of await served(ids)) before.set(key, await bytesOf(key));
    expect(before.size).toBe(6);

    const preview = await pipeline.darkroom.backfill.preview(STALE);
    expect(preview).toMatchObject({ images: 3, scope: 'stale', providerCalls: 0 });
    expect(preview.bytes).toBe([...before.values()].reduce((sum, { length }) => sum + length, 0));

    const { runId } = await pipeline.darkroom.backfill.start({ ...STALE, concurrency: 1 });
    await vi.waitUntil(() => held.waiting === 1, { timeout: 30_000 });
    // One has switched, one is half-built, one is untouched.
    await pipeline.darkroom.backfill.cancel();
    expect(await runEnd(pipeline, runId)).toMatchObject({
      status: 'cancelled',
      done: 1,
      failed: 0,
    });
    for (const [key, bytes] of before) expect(await bytesOf(key)).toEqual(bytes);
    const [switched, ...others] = await Promise.all(ids.map(viewOf));
    expect(keysOf(switched)).toHaveLength(6);
    expect(others.flatMap(keysOf).every((key) => before.has(key))).toBe(true);
    for (const view of [switched, ...others]) {
      expect(view).toMatchObject({ readyMaxWidth: 1200, variantsReady: true, status: 'completed' });
    }
    await expect(pipeline.darkroom.backfill.preview(STALE)).resolves.toMatchObject({ images: 2 });

    held.open();
    const rest = await pipeline.darkroom.backfill.start(STALE);
    expect(await runEnd(pipeline, rest.runId)).toMatchObject({ status: 'succeeded', done: 2 });
    expect(await served(ids)).toHaveLength(18);
    for (const [key, bytes] of before) expect(await bytesOf(key)).toEqual(bytes);
  }, 120_000);
});

function keysOf(view: { variants: { key: string }[] } | undefined): string[] {
  return view?.variants.map(({ key }) => key) ?? [];
}

/** The same encoders, but the second encode of this width waits at the gate. */
function holdingSecond(
  encoders: ActivityDeps['encoders'],
  widthPx: number,
  held: Gate,
): ActivityDeps['encoders'] {
  let seen = 0;
  return {
    ...encoders,
    stats: () => encoders.stats(),
    run: async (job, input, options) => {
      if ('widthPx' in input && input.widthPx === widthPx) seen += 1;
      if (seen === 2) await held.pass(options.signal);
      return encoders.run(job, input, options);
    },
    [Symbol.asyncDispose]: () => encoders[Symbol.asyncDispose](),
  };
}
