import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { formatsFor, largestWidthPx, planTiers } from '../../src/domain/recipe.js';
import { DEFAULT_RECIPE } from '../../src/domain/recipes.js';
import { openEncoderPool, type EncoderPool } from '../../src/imaging/encoder-pool.js';

const LIMITS = { maxMegapixels: 1000, maxFileBytes: 1e9 };
const PATIENCE = { timeoutMs: 600_000 };

/**
 * Our recipe in our encoder processes and nothing else: one decode, tiers from its pixels, files in a
 * folder; no Temporal, no catalog, no storage.
 * @returns the bytes of all variants
 */
export async function bareLoop(files: string[], folder: string, encoders: number): Promise<number> {
  await using pool = openEncoderPool({ encoders });
  const waiting = files.entries();
  let bytes = 0;
  const work = async () => {
    for (const [index, file] of waiting) {
      const made = await makeReady(pool, file, join(folder, `${index}`));
      bytes += made;
    }
  };
  // One more than there are encoders: while one image waits for its answer another is encoded.
  await Promise.all(Array.from({ length: encoders + 1 }, work));
  return bytes;
}

async function makeReady(pool: EncoderPool, file: string, stem: string): Promise<number> {
  const { master, facts } = await pool.run(
    'prepare',
    {
      originalPath: file,
      limits: LIMITS,
      maxMasterWidthPx: largestWidthPx(DEFAULT_RECIPE),
      masterPath: `${stem}.pixels`,
      previewPath: `${stem}.jpg`,
    },
    PATIENCE,
  );
  let bytes = 0;
  for (const { widthPx } of planTiers(DEFAULT_RECIPE, master.widthPx)) {
    const outputs = formatsFor(DEFAULT_RECIPE, facts).map((settings) => ({
      settings,
      path: `${stem}-${widthPx}.${settings.format}`,
    }));
    const made = await pool.run('encode', { master, widthPx, outputs }, PATIENCE);
    bytes += made.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  }
  await rm(master.path);
  return bytes;
}
