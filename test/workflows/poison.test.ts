import { afterEach, describe, expect, it, vi } from 'vitest';
import type { ActivityDeps } from '../../src/activities/deps.js';
import { DarkroomError } from '../../src/domain/failures.js';
import type { EncoderPool, RunOptions } from '../../src/imaging/encoder-pool.js';
import { picture } from '../support/pictures.js';
import { startPipeline, type Pipeline } from '../support/pipeline.js';

/** Pixels a side that only the poisonous picture has. */
const POISON_PX = 333;

let pipeline: Pipeline;
afterEach(() => pipeline[Symbol.asyncDispose]());

/** An encoder that dies of one picture, and works on every other. */
function dyingOf(
  { encoders }: ActivityDeps,
  deaths: { alone: boolean }[],
  kind: 'EncoderCrashed' | 'EncoderOutOfMemory' = 'EncoderCrashed',
): EncoderPool {
  const run: EncoderPool['run'] = async (job, input, options: RunOptions) => {
    const output = await encoders.run(job, input, options);
    if ('facts' in output && output.facts.widthPx === POISON_PX) {
      deaths.push({ alone: options.alone ?? false });
      throw new DarkroomError(kind, 'The encoder process was ended by SIGSEGV.');
    }
    return output;
  };
  return { ...encoders, run, stats: () => encoders.stats() };
}

async function processAll(): Promise<void> {
  const good = [1, 2, 3, 4].map((seed) => picture({ widthPx: 700, heightPx: 400, seed }));
  const [a, b, c, d] = (await Promise.all(good)) as [Buffer, Buffer, Buffer, Buffer];
  const poison = await picture({ widthPx: POISON_PX, heightPx: 200 });
  const pictures = { 'a.jpg': a, 'b.jpg': b, 'poison.jpg': poison, 'c.jpg': c, 'd.jpg': d };
  await pipeline.addPictures(pictures);
  const { runId } = await pipeline.darkroom.backfill.start();
  await vi.waitUntil(
    async () => (await pipeline.darkroom.backfill.run(runId)).status !== 'running',
    { timeout: 50_000, interval: 100 },
  );
}

async function imagesByName() {
  const images = await pipeline.deps.catalog.images.list({ limit: 10 });
  return Object.fromEntries(images.map((image) => [image.fileName, image]));
}

describe('an image of which the encoder dies', () => {
  it('is set aside after the third time, alone in the pool, and takes no other with it', async () => {
    const deaths: { alone: boolean }[] = [];
    pipeline = await startPipeline({ replace: (deps) => ({ encoders: dyingOf(deps, deaths) }) });
    await processAll();

    expect(deaths).toEqual([{ alone: false }, { alone: false }, { alone: true }]);
    const { 'poison.jpg': poison, ...others } = await imagesByName();
    expect(poison?.steps.variants).toMatchObject({
      state: 'failed',
      failure: { kind: 'ImageKillsEncoder' },
    });
    expect(poison?.quarantinedAt).toBeInstanceOf(Date);
    expect(Object.values(others).map((image) => image?.status)).toEqual(
      Array<string>(4).fill('completed'),
    );
    await expect(pipeline.darkroom.backfill.start()).rejects.toMatchObject({ kind: 'NoImages' });
  });

  it('is set aside at once when it takes more memory than it may, which it would again', async () => {
    const deaths: { alone: boolean }[] = [];
    const encodersOf = (deps: ActivityDeps) => dyingOf(deps, deaths, 'EncoderOutOfMemory');
    pipeline = await startPipeline({ replace: (deps) => ({ encoders: encodersOf(deps) }) });
    await processAll();

    expect(deaths).toHaveLength(1);
    const { 'poison.jpg': poison } = await imagesByName();
    expect(poison?.quarantinedAt).toBeInstanceOf(Date);
  });
});
