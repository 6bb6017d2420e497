import { rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { MockActivityEnvironment } from '@temporalio/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { checkStored } from '../../src/activities/check-stored.js';
import { DarkroomError } from '../../src/domain/failures.js';
import type { Variant } from '../../src/domain/image.js';
import { picture } from '../support/pictures.js';
import { startPipeline, type Pipeline } from '../support/pipeline.js';

let pipeline: Pipeline;
let imageId: string;
let variants: Variant[];
/** How often no image can be started. */
let refusals = 0;
beforeAll(async () => {
  pipeline = await startPipeline({
    replace: ({ images }) => ({
      images: {
        ...images,
        start: async (...started) => {
          refusals -= 1;
          if (refusals >= 0) throw new DarkroomError('TemporalUnavailable');
          await images.start(...started);
        },
      },
    }),
  });
});
afterAll(() => pipeline[Symbol.asyncDispose]());

beforeEach(async () => {
  const { darkroom, deps } = pipeline;
  const body = await picture({ widthPx: 1200, heightPx: 800 });
  imageId = (await darkroom.upload({ ownerId: 'ann', fileName: 'hill.jpg', body })).id;
  await completed();
  variants = await deps.catalog.images.variants(imageId);
});
// The next test compares a library of its own.
afterEach(() => pipeline.darkroom.delete(imageId, { original: true }));

async function completed(): Promise<void> {
  await vi.waitUntil(
    async () => {
      const image = await pipeline.deps.catalog.images.get(imageId);
      return image?.status === 'completed' && image.variantsReady;
    },
    { timeout: 30_000 },
  );
}

function pathOf(key: string): string {
  return join(pipeline.env.VARIANT_STORAGE ?? '', key);
}

async function bytesOf({ key }: Variant): Promise<Buffer> {
  const { variants: storage } = pipeline.deps;
  if (storage === undefined) throw new Error('there is no storage');
  return buffer(await storage.read(key));
}

function variant(widthPx: number, format: string): Variant {
  const found = variants.find((it) => it.widthPx === widthPx && it.format === format);
  if (found === undefined) throw new Error(`there is no ${widthPx} px ${format}`);
  return found;
}

/** Turns one bit in the middle. */
async function flipABit(key: string, bytes: Buffer): Promise<void> {
  const changed = Buffer.from(bytes);
  const middle = Math.floor(changed.length / 2);
  changed[middle] = (changed[middle] ?? 0) ^ 1;
  await writeFile(pathOf(key), changed);
}

describe('a comparison of catalog and storage', () => {
  it('finds nothing where everything is as it should be', async () => {
    expect(await pipeline.darkroom.fsck({ repair: true })).toMatchObject({
      // Three widths in two formats, the preview and the original.
      ...{ images: 1, objects: 8, missing: 0, damaged: 0, findings: [] },
      ...{ repairing: 0, beyondRepair: 0, orphans: 0 },
    });
  });

  it('only says what is wrong unless it is told to repair', async () => {
    const { darkroom, deps } = pipeline;
    const gone = variant(1024, 'webp');
    await rm(pathOf(gone.key));
    const report = await darkroom.fsck();

    expect(report).toMatchObject({ missing: 1, damaged: 0, repairing: 0 });
    expect(report.findings).toEqual([
      ...[{ kind: 'variant', damage: 'missing', key: gone.key, imageId, fileName: 'hill.jpg' }],
    ]);
    expect(await deps.catalog.images.variants(imageId)).toHaveLength(6);
    expect((await deps.catalog.images.get(imageId))?.status).toBe('completed');
  });

  it('has what is missing, cut off or changed by a bit made again, byte for byte, and nothing else', async () => {
    const { darkroom, encodes } = pipeline;
    const before = await Promise.all(variants.map(bytesOf));
    const encodedBefore = encodes();
    const [gone, cut, flipped] = [
      ...[variant(640, 'avif'), variant(1024, 'webp'), variant(1200, 'webp')],
    ] as [Variant, Variant, Variant];
    await rm(pathOf(gone.key));
    await writeFile(pathOf(cut.key), (await bytesOf(cut)).subarray(0, 100));
    await flipABit(flipped.key, await bytesOf(flipped));
    const report = await darkroom.fsck({ repair: true });

    expect(report).toMatchObject({ missing: 1, damaged: 2, repairing: 1, beyondRepair: 0 });
    await completed();
    expect(await Promise.all(variants.map(bytesOf))).toEqual(before);
    expect(encodes() - encodedBefore).toBe(3);
    expect(await darkroom.fsck()).toMatchObject({ missing: 0, damaged: 0 });
  });

  it('says what it found though the try that found it could not end', async () => {
    const { darkroom } = pipeline;
    await rm(pathOf(variant(640, 'avif').key));
    refusals = 1;
    const report = await darkroom.fsck({ repair: true });
    expect(report).toMatchObject({ missing: 1, repairing: 1, findings: [{ damage: 'missing' }] });
  });

  it('takes nothing for lost where there is not a single variant', async () => {
    const { deps } = pipeline;
    const folder = pipeline.env.VARIANT_STORAGE ?? '';
    await rename(join(folder, 'variants'), join(folder, 'not-mounted'));
    const checking = new MockActivityEnvironment();
    const repair = checking.run(checkStored(deps), { repair: true, quick: false });
    await expect(repair).rejects.toMatchObject({ kind: 'StorageGone' });
    const looking = checking.run(checkStored(deps), { repair: false, quick: false });
    await expect(looking).resolves.toMatchObject({ missing: 6, repairable: 1 });
    await rename(join(folder, 'not-mounted'), join(folder, 'variants'));

    expect(await deps.catalog.images.variants(imageId)).toHaveLength(6);
    expect((await deps.catalog.images.get(imageId))?.status).toBe('completed');
  });

  it('offers nothing that is as wide as what is gone until it is there again', async () => {
    const { darkroom, deps } = pipeline;
    await pipeline.stopWorkers();
    const { key } = variant(1024, 'avif');
    await deps.catalog.lifecycle.forgetObjects(imageId, { variants: [key], preview: false });
    expect(await deps.catalog.images.get(imageId)).toMatchObject({
      ...{ readyMaxWidthPx: 640, variantsReady: false, status: 'processing' },
    });
    await pipeline.startWorkers();
    await darkroom.process(imageId, { wait: true });
    expect(await deps.catalog.images.get(imageId)).toMatchObject({
      ...{ readyMaxWidthPx: 1200, variantsReady: true, status: 'completed' },
    });
  });

  it('sees a changed bit only when it reads, not when it is to be quick', async () => {
    const { darkroom } = pipeline;
    const { key } = variant(640, 'webp');
    await flipABit(key, await bytesOf(variant(640, 'webp')));
    expect(await darkroom.fsck({ quick: true })).toMatchObject({ damaged: 0 });
    expect(await darkroom.fsck()).toMatchObject({ damaged: 1 });
  });

  it('says which originals are gone, which nobody can make again, and leaves what is shown', async () => {
    const { darkroom, deps } = pipeline;
    const original = (await deps.catalog.images.get(imageId))?.original ?? '';
    await rm(pathOf(original));
    await rm(pathOf(variant(640, 'avif').key));
    const report = await darkroom.fsck({ repair: true });
    expect(report).toMatchObject({ missing: 2, beyondRepair: 1, repairing: 0 });
    expect(report.findings).toContainEqual(
      expect.objectContaining({ kind: 'original', key: original }),
    );
    expect(await darkroom.image(imageId)).toMatchObject({ readyMaxWidth: 1200 });
  });

  it('forgets a preview that is gone, so that the next who needs it makes it', async () => {
    const { darkroom, deps } = pipeline;
    const previewKey = (await deps.catalog.images.get(imageId))?.previewKey ?? '';
    await rm(pathOf(previewKey));
    await darkroom.fsck({ repair: true });
    expect((await deps.catalog.images.get(imageId))?.previewKey).toBeUndefined();
    await darkroom.process(imageId, { steps: ['metadata'], force: true, wait: true });
    expect(await darkroom.fsck()).toMatchObject({ missing: 0, objects: 8 });
  });
});
