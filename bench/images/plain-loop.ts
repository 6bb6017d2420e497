import { stat } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import sharp, { type Sharp } from 'sharp';
import type { FormatSettings } from '../../src/domain/recipe.js';
import { DEFAULT_RECIPE } from '../../src/domain/recipes.js';

/** How a contender encodes one variant. */
export type Encode = (image: Sharp) => Sharp;

/** What people write who read the first page of sharp's documentation. */
export const PLAIN: Encode[] = [
  (image) => image.webp({ quality: 80 }),
  (image) => image.avif({ quality: 80 }),
];

export const TUNED: Encode[] = DEFAULT_RECIPE.formats.map(
  (settings: FormatSettings) => (image: Sharp) => {
    const { format, ...options } = settings;
    return image.toFormat(format, options);
  },
);

/**
 * The loop of a hand-written job: every variant begins with the file, so each image is decoded six
 * times; as many images at once as there are cores, sharp's own threads as they come.
 * @returns the bytes of all variants
 */
export async function plainLoop(
  files: string[],
  folder: string,
  encodes: Encode[],
): Promise<number> {
  const waiting = files.entries();
  let bytes = 0;
  const work = async () => {
    for (const [index, file] of waiting) {
      for (const { widthPx } of DEFAULT_RECIPE.tiers) {
        for (const [format, encode] of encodes.entries()) {
          const path = join(folder, `${index}-${widthPx}-${format}`);
          const image = sharp(file)
            .autoOrient()
            .resize({ width: widthPx, withoutEnlargement: true });
          await encode(image).toFile(path);
          const { size } = await stat(path);
          bytes += size;
        }
      }
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, work));
  return bytes;
}
