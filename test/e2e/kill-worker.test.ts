import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, inject, it, vi } from 'vitest';
import { openCatalog } from '../../src/catalog/postgres.js';
import type { Catalog } from '../../src/catalog/catalog.js';
import { openDarkroom, type Darkroom } from '../../src/client.js';
import { openStack, type Stack } from '../../src/dev/stack.js';
import { picture } from '../support/pictures.js';
import { openTemporaryFolder, type OpenedFolder } from '../support/temporary-folder.js';

const PICTURES = 16;
const WIDTHS = [640, 1024, 1200];
const FORMATS = ['webp', 'avif'];

describe('a worker that is killed in the middle of a backfill', () => {
  let folder: OpenedFolder;
  let stack: Stack;
  let catalog: Catalog;
  let darkroom: Darkroom;

  afterEach(async () => {
    await darkroom[Symbol.asyncDispose]();
    await catalog[Symbol.asyncDispose]();
    await stack[Symbol.asyncDispose]();
    await folder[Symbol.asyncDispose]();
  });

  it('comes back, everything gets ready, and nothing that was finished is encoded again', async () => {
    folder = openTemporaryFolder();
    const { PATH, HOME } = process.env;
    const env = { PATH, HOME, TEMPORAL_ADDRESS: inject('temporalAddress') };
    stack = await openStack({ dataDir: folder.path, env, worker: true, say: () => undefined });
    darkroom = await openDarkroom(stack.env);
    catalog = openCatalog(stack.databaseUrl);
    await darkroom.import(await paint(join(folder.path, 'photos')));

    const { runId } = await darkroom.backfill.start();
    for (const variants of [6, 24, 48]) await killAfter(variants);
    const run = await endOf(runId);

    expect(run).toMatchObject({ status: 'succeeded', done: PICTURES, failed: 0 });
    expect(await darkroom.stats()).toMatchObject({
      ready: PICTURES,
      variants: PICTURES * WIDTHS.length * FORMATS.length,
    });
    expect(stack.worker?.restarts).toBe(3);
    for (const { finished, encodedBefore } of kills) {
      const after = (await encoded()).slice(encodedBefore);
      expect(after.filter((variant) => finished.has(variant))).toEqual([]);
    }
    await expectStored();
  });

  const kills: { finished: Set<string>; encodedBefore: number }[] = [];

  /** Kills the worker once so many variants are finished, and notes which those are. */
  async function killAfter(variants: number): Promise<void> {
    await vi.waitUntil(async () => (await darkroom.stats()).variants >= variants, {
      timeout: 60_000,
      interval: 20,
    });
    const restarts = stack.worker?.restarts ?? 0;
    stack.worker?.kill('SIGKILL');
    await vi.waitUntil(() => stack.worker?.restarts === restarts + 1, { timeout: 10_000 });
    kills.push({ finished: await finishedVariants(), encodedBefore: (await encoded()).length });
  }

  async function finishedVariants(): Promise<Set<string>> {
    const images = await darkroom.images({ limit: PICTURES });
    const found = await Promise.all(
      images.map(async ({ id }) =>
        (await catalog.images.variants(id)).map((it) => `${id} ${it.widthPx} ${it.format}`),
      ),
    );
    return new Set(found.flat());
  }

  /** Every variant that any worker encoded, in order, as the workers logged it. */
  async function encoded(): Promise<string[]> {
    const log = await readFile(join(folder.path, 'logs', 'worker.log'), 'utf8');
    return log
      .split('\n')
      .filter((line) => line.includes('"variant encoded"') && line.endsWith('}'))
      .map((line) => JSON.parse(line) as { imageId: string; width: number; format: string })
      .map(({ imageId, width, format }) => `${imageId} ${width} ${format}`);
  }

  async function endOf(runId: string) {
    await vi.waitUntil(async () => (await catalog.runs.get(runId))?.finishedAt !== undefined, {
      timeout: 120_000,
      interval: 100,
    });
    return catalog.runs.get(runId);
  }

  /** Every row has its object, of the size that the row says. */
  async function expectStored(): Promise<void> {
    for (const { id } of await darkroom.images({ limit: PICTURES })) {
      for (const { key, sizeBytes } of await catalog.images.variants(id)) {
        expect((await readFile(join(stack.storageDir, key))).length).toBe(sizeBytes);
      }
    }
  }
}, 240_000);

async function paint(photos: string): Promise<string> {
  await mkdir(photos);
  for (let seed = 0; seed < PICTURES; seed += 1) {
    const bytes = await picture({ format: 'jpeg', widthPx: 1200, heightPx: 800, seed });
    await writeFile(join(photos, `picture-${seed}.jpg`), bytes);
  }
  return photos;
}
