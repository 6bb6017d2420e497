import { describe, expect, it } from 'vitest';
import { useCatalog } from './open.js';
import { DESCRIBER, EMBEDDER, KEY, METADATA, RULES, facts, failure, tier } from './records.js';
import { STEPS, type Step } from '../../src/domain/image.js';

const db = useCatalog();
const ALL = [...STEPS] as [Step, ...Step[]];
const get = async (id: string) => db.catalog.images.get(id);
const openRun = (id: string) =>
  db.catalog.runs.open({ id, workflowId: 'backfill', scope: 'missing', steps: ALL, total: 1 });

async function addCompleted(name: string): Promise<string> {
  const id = await db.addReady(name);
  await db.catalog.images.recordMetadata(id, METADATA, DESCRIBER);
  await db.catalog.images.recordEmbedding(id, [1, 2, 3], EMBEDDER);
  return id;
}

describe('recordFailure', () => {
  it('keeps what is done: ready width, key, dimensions, placeholder and variants', async () => {
    const { images } = db.catalog;
    const id = await db.add('a');
    await images.recordOriginal(id, facts());
    await images.recordTier(id, tier('sm'));
    await images.recordFailure(id, ['variants'], failure({ kind: 'EncoderCrashed' }));

    await expect(get(id)).resolves.toMatchObject({
      imageKey: KEY,
      readyMaxWidthPx: 640,
      variantsReady: false,
      widthPx: 4000,
      heightPx: 3000,
      placeholder: 'AQID',
      steps: {
        variants: {
          state: 'failed',
          failure: {
            kind: 'EncoderCrashed',
            message: 'The file ends too early.',
            at: '2026-01-02T03:04:05.000Z',
          },
        },
      },
    });
    await expect(images.variants(id)).resolves.toHaveLength(2);
  });

  it('goes on from the tiers that were ready when the image is tried again', async () => {
    const { images } = db.catalog;
    const id = await db.add('a');
    await images.recordOriginal(id, facts());
    await images.recordTier(id, tier('sm'));
    await images.recordFailure(id, ['variants'], failure());
    await images.recordOriginal(id, facts());
    await expect(get(id)).resolves.toMatchObject({ imageKey: KEY, readyMaxWidthPx: 640 });
    await images.recordTier(id, tier('md'));
    await expect(get(id)).resolves.toMatchObject({ imageKey: KEY, readyMaxWidthPx: 1024 });
  });

  it('sets aside only when it is told to, until the original is read again', async () => {
    const { images } = db.catalog;
    const [bad, unlucky] = [await db.add('bad'), await db.add('unlucky')];
    await images.recordFailure(bad, ALL, failure({ quarantine: { rules: RULES } }));
    await images.recordFailure(unlucky, ALL, failure({ kind: 'OriginalMissing' }));
    expect((await get(bad))?.quarantinedAt).toBeInstanceOf(Date);
    expect((await get(unlucky))?.quarantinedAt).toBeUndefined();

    await images.recordOriginal(bad, facts());
    expect((await get(bad))?.quarantinedAt).toBeUndefined();
  });

  it('lays nothing at the door of other bytes than those that failed', async () => {
    const { images, runs } = db.catalog;
    const id = await db.add('a');
    await openRun('r');
    const old = (await get(id))?.original ?? '';
    await db.catalog.lifecycle.replaceOriginal(id, { original: 'originals/new' });
    const late = { quarantine: { rules: RULES }, original: old, runId: 'r' };
    await images.recordFailure(id, ALL, failure(late));
    await expect(get(id)).resolves.toMatchObject({
      status: 'processing',
      steps: { variants: { state: 'pending' } },
    });
    expect((await get(id))?.quarantinedAt).toBeUndefined();
    await expect(runs.failures('r', 10)).resolves.toEqual([]);

    await images.recordFailure(id, ALL, failure({ ...late, original: 'originals/new' }));
    await expect(get(id)).resolves.toMatchObject({ status: 'failed' });
    await expect(runs.failures('r', 10)).resolves.toHaveLength(1);
  });

  it('leaves a step done that was done before', async () => {
    const id = await addCompleted('a');
    await db.catalog.images.recordFailure(id, ALL, failure({ kind: 'OriginalMissing' }));
    await expect(get(id)).resolves.toMatchObject({
      status: 'completed',
      metadata: METADATA,
      steps: {
        variants: { state: 'done', failure: { kind: 'OriginalMissing' } },
        metadata: { state: 'done' },
        embedding: { state: 'done' },
      },
    });
  });

  it('is the same when it is recorded twice', async () => {
    const id = await db.add('a');
    await db.catalog.images.recordFailure(id, ALL, failure());
    const once = await get(id);
    await db.catalog.images.recordFailure(id, ALL, failure());
    await expect(get(id)).resolves.toEqual({ ...once, updatedAt: expect.any(Date) });
  });

  it('lists an image once among the failures of a run, by the step that failed', async () => {
    const { images, runs } = db.catalog;
    const id = await db.add('a');
    await openRun('run-1');
    await images.recordFailure(id, ALL, failure({ runId: 'run-1' }));
    await images.recordFailure(id, ALL, failure({ runId: 'run-1', message: 'Said again.' }));
    await expect(runs.failures('run-1', 10)).resolves.toEqual([
      {
        imageId: id,
        fileName: 'a.jpg',
        step: 'variants',
        kind: 'ImageCorrupt',
        message: 'The file ends too early.',
        at: expect.any(Date),
      },
    ]);
  });

  it('belongs to its own run only, or to none', async () => {
    const { images, runs } = db.catalog;
    const [one, other] = [await db.add('one'), await db.add('other')];
    await openRun('run-1');
    await openRun('run-2');
    await images.recordFailure(one, ALL, failure({ runId: 'run-1' }));
    await images.recordFailure(other, ALL, failure());
    await expect(runs.failures('run-1', 10)).resolves.toHaveLength(1);
    await expect(runs.failures('run-2', 10)).resolves.toEqual([]);
  });
});

describe('the status', () => {
  it('is processing while a step is left, failed when none is and one failed', async () => {
    const { images } = db.catalog;
    const id = await db.add('a');
    await expect(get(id)).resolves.toMatchObject({ status: 'pending' });
    await images.recordFailure(id, ['variants'], failure());
    await expect(get(id)).resolves.toMatchObject({ status: 'processing' });
    await images.recordMetadata(id, METADATA, DESCRIBER);
    await expect(get(id)).resolves.toMatchObject({ status: 'processing' });
    await images.recordEmbedding(id, [1], EMBEDDER);
    await expect(get(id)).resolves.toMatchObject({ status: 'failed' });
  });

  it('is completed when every requested step is done, also after a failure', async () => {
    const { images } = db.catalog;
    const id = await db.add('a');
    await images.recordFailure(id, ALL, failure());
    await expect(get(id)).resolves.toMatchObject({ status: 'failed' });
    await images.recordOriginal(id, facts());
    await expect(get(id)).resolves.toMatchObject({ status: 'processing' });
    await images.recordMetadata(id, METADATA, DESCRIBER);
    await images.recordTier(id, tier('lg'));
    await images.recordEmbedding(id, [1], EMBEDDER);
    await expect(get(id)).resolves.toMatchObject({ status: 'completed' });
  });
});

describe('release', () => {
  it('says that nobody works on an unfinished image any more', async () => {
    const { images } = db.catalog;
    const id = await db.add('a');
    await images.recordOriginal(id, facts());
    await images.recordTier(id, tier('sm'));
    await images.release(id);
    await expect(get(id)).resolves.toMatchObject({ status: 'pending', readyMaxWidthPx: 640 });
  });

  it('leaves finished images as they are', async () => {
    const { images } = db.catalog;
    const [completed, failed] = [await addCompleted('completed'), await db.add('failed')];
    await images.recordFailure(failed, ALL, failure());
    for (const id of [completed, failed]) await images.release(id);
    await expect(get(completed)).resolves.toMatchObject({ status: 'completed' });
    await expect(get(failed)).resolves.toMatchObject({ status: 'failed' });
  });

  it('completes an image again that was only being done once more', async () => {
    const { images } = db.catalog;
    const id = await addCompleted('a');
    await images.recordOriginal(id, facts());
    await expect(get(id)).resolves.toMatchObject({ status: 'processing' });
    await images.release(id);
    await expect(get(id)).resolves.toMatchObject({ status: 'completed' });
  });
});

describe('defer', () => {
  it('takes what is done for something that is to be done again, and keeps its words until then', async () => {
    const { images } = db.catalog;
    const id = await addCompleted('a');
    await images.defer(id, ['metadata', 'embedding']);
    const { steps, metadata } = (await get(id)) ?? {};
    expect([steps?.metadata.state, steps?.embedding.state]).toEqual(['deferred', 'deferred']);
    expect(metadata).toEqual(METADATA);
    await expect(db.catalog.lifecycle.deferred({ limit: 10 })).resolves.toMatchObject([
      { id, steps: ['metadata', 'embedding'] },
    ]);
  });

  it('forgets what was said of the bytes only when another answer is wanted', async () => {
    const { images, descriptions } = db.catalog;
    const id = await addCompleted('a');
    const { sha256 } = facts();
    const described = { key: 'by this model', sha256 };
    expect(await descriptions.claim(described, id)).toBe('mine');
    const { dominantColors: _measured, ...words } = METADATA;
    await descriptions.keep(described.key, words);

    await images.defer(id, ['embedding'], { force: true });
    await images.defer(id, ['metadata', 'embedding']);
    expect(await descriptions.claim(described, id)).toEqual(words);
    await images.defer(id, ['metadata', 'embedding'], { force: true });
    expect(await descriptions.claim(described, id)).toBe('mine');
  });
});

describe('recordRequest', () => {
  it('says that somebody is at the image, until what was asked for is done', async () => {
    const { images } = db.catalog;
    const id = await db.add('a');
    await images.recordOriginal(id, facts({ requestedSteps: ['variants'] }));
    await images.recordTier(id, tier('lg'));
    await expect(get(id)).resolves.toMatchObject({ status: 'completed' });

    await images.recordRequest(id, ['metadata']);
    await expect(get(id)).resolves.toMatchObject({ status: 'processing' });
    await images.recordMetadata(id, METADATA, DESCRIBER);
    await expect(get(id)).resolves.toMatchObject({ status: 'completed' });
  });

  it('forgets no step that failed before, and lets go of one that nobody got to', async () => {
    const { images } = db.catalog;
    const failed = await db.addReady('failed');
    await images.recordFailure(failed, ['metadata'], failure());
    await images.recordRequest(failed, ['embedding']);
    await images.recordEmbedding(failed, [1, 2, 3], EMBEDDER);
    await expect(get(failed)).resolves.toMatchObject({ status: 'failed' });

    const idle = await db.addReady('idle');
    await images.recordRequest(idle, ['embedding']);
    await images.recordEmbedding(idle, [1, 2, 3], EMBEDDER);
    await expect(get(idle)).resolves.toMatchObject({ status: 'completed' });
  });
});
