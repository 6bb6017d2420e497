import { describe, expect, it } from 'vitest';
import { useCatalog } from './open.js';
import { FORMATS, KEY, OTHER_KEY, RECIPE, facts, failure, tier } from './records.js';

const db = useCatalog();
const get = async (id: string) => db.catalog.images.get(id);
const widthsOf = async (id: string) =>
  (await db.catalog.images.variants(id)).map(({ widthPx, format }) => `${widthPx}.${format}`);

describe('a first build', () => {
  it('shows its key at once and nothing as ready', async () => {
    const id = await db.add('a');
    const { requestedSteps: _requested, ...shown } = facts();
    await db.catalog.images.recordOriginal(id, facts());
    await expect(get(id)).resolves.toMatchObject({
      ...shown,
      status: 'processing',
      readyMaxWidthPx: 0,
      variantsReady: false,
    });
  });

  it('moves tier by tier, and is ready only with the last', async () => {
    const { images } = db.catalog;
    const id = await db.add('a');
    await images.recordOriginal(id, facts());

    await images.recordTier(id, tier('sm'));
    await expect(get(id)).resolves.toMatchObject({ readyMaxWidthPx: 640, variantsReady: false });
    await images.recordTier(id, tier('md'));
    await expect(get(id)).resolves.toMatchObject({
      readyMaxWidthPx: 1024,
      variantsReady: false,
      steps: { variants: { state: 'pending' } },
    });
    await images.recordTier(id, tier('lg'));
    await expect(get(id)).resolves.toMatchObject({
      readyMaxWidthPx: 1920,
      variantsReady: true,
      steps: { variants: { state: 'done' } },
    });
    await expect(widthsOf(id)).resolves.toEqual([
      '640.avif',
      '640.webp',
      '1024.avif',
      '1024.webp',
      '1920.avif',
      '1920.webp',
    ]);
  });

  it('is the same when the original and every tier are recorded twice', async () => {
    const { images } = db.catalog;
    const id = await db.add('a');
    await images.recordOriginal(id, facts());
    for (const label of ['sm', 'md', 'sm', 'lg', 'lg', 'sm'] as const) {
      await images.recordTier(id, tier(label));
    }
    await images.recordOriginal(id, facts());
    await expect(get(id)).resolves.toMatchObject({
      imageKey: KEY,
      readyMaxWidthPx: 1920,
      variantsReady: true,
    });
    await expect(widthsOf(id)).resolves.toHaveLength(6);
  });

  it('records a tier in all its formats or not at all', async () => {
    const { images } = db.catalog;
    const id = await db.add('a');
    await images.recordOriginal(id, facts());
    const broken = tier('sm');
    const [first, second] = broken.variants;
    // The database refuses a row twice in one statement.
    await expect(
      images.recordTier(id, {
        ...broken,
        variants: [first, second, first].flatMap((v) => v ?? []),
      }),
    ).rejects.toThrow();
    await expect(widthsOf(id)).resolves.toEqual([]);
    await expect(get(id)).resolves.toMatchObject({ readyMaxWidthPx: 0 });
  });

  it('clears the failure of an earlier try with its last tier', async () => {
    const { images } = db.catalog;
    const id = await db.add('a');
    await images.recordFailure(id, ['variants'], failure());
    await images.recordOriginal(id, facts());
    await images.recordTier(id, tier('lg'));
    const image = await get(id);
    expect(image?.steps.variants).toEqual({ state: 'done' });
  });
});

describe('a rebuild with another image key', () => {
  const rebuilt = facts({
    imageKey: OTHER_KEY,
    recipe: 'recipe-of-tomorrow',
    formats: ['avif'],
    sha256: 'c'.repeat(64),
  });
  const newTier = (label: 'sm' | 'md' | 'lg') =>
    tier(label, {
      imageKey: OTHER_KEY,
      recipe: rebuilt.recipe,
      formats: rebuilt.formats,
      sha256: rebuilt.sha256,
    });

  it('serves the old variants until its last tier, then switches at once', async () => {
    const { images } = db.catalog;
    const id = await db.addReady('a');
    const old = {
      imageKey: KEY,
      recipe: RECIPE,
      formats: FORMATS,
      readyMaxWidthPx: 1920,
      variantsReady: true,
    };

    await images.recordOriginal(id, rebuilt);
    await expect(get(id)).resolves.toMatchObject({ ...old, sha256: rebuilt.sha256 });
    await images.recordTier(id, newTier('sm'));
    await expect(get(id)).resolves.toMatchObject(old);
    await images.recordTier(id, newTier('md'));
    await expect(get(id)).resolves.toMatchObject(old);

    await images.recordTier(id, { ...newTier('lg'), widthPx: 1500 });
    await expect(get(id)).resolves.toMatchObject({
      imageKey: OTHER_KEY,
      recipe: rebuilt.recipe,
      formats: ['avif'],
      readyMaxWidthPx: 1500,
      variantsReady: true,
    });
  });

  it('keeps the rows of both while it is being made', async () => {
    const id = await db.addReady('a');
    await db.catalog.images.recordOriginal(id, rebuilt);
    await db.catalog.images.recordTier(id, newTier('sm'));
    const stored = await db.sql<{ key: string; rows: number }>(
      `select image_key as key, count(*)::int as rows from image_variants group by 1 order by 1`,
    );
    expect(stored).toEqual([
      { key: KEY, rows: 6 },
      { key: OTHER_KEY, rows: 2 },
    ]);
  });

  it('counts in the stats only once it is served', async () => {
    const { images } = db.catalog;
    const id = await db.addReady('a');
    await images.recordOriginal(id, rebuilt);
    await images.recordTier(id, newTier('sm'));
    await expect(images.stats()).resolves.toMatchObject({ variants: 6 });
    await images.recordTier(id, newTier('lg'));
    await expect(images.stats()).resolves.toMatchObject({ variants: 4 });
  });

  it('keeps the old ones when it fails half-way', async () => {
    const { images } = db.catalog;
    const id = await db.addReady('a');
    await images.recordOriginal(id, rebuilt);
    await images.recordTier(id, newTier('sm'));
    await images.recordFailure(id, ['variants'], failure({ kind: 'EncoderCrashed' }));
    await expect(get(id)).resolves.toMatchObject({
      imageKey: KEY,
      readyMaxWidthPx: 1920,
      variantsReady: true,
      steps: { variants: { state: 'done', failure: { kind: 'EncoderCrashed' } } },
    });
  });
});
