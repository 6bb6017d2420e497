import { createHash } from 'node:crypto';
import { heicDecoderVersion } from './heic.js';
import type { ImageLimits } from './encoder-jobs.js';

/**
 * 16 hex digits that change when a file that could not be read may be readable: another recipe or
 * other versions of its encoders, other limits, another HEIC decoder. What was set aside under one
 * hash is tried again under the next.
 */
export function hashRules(
  recipeHash: string,
  limits: ImageLimits & { encoderMemoryMb?: number },
  heic: string | null = heicDecoderVersion() ?? null,
): string {
  const { maxMegapixels, maxFileBytes, encoderMemoryMb } = limits;
  const rules = { recipeHash, maxMegapixels, maxFileBytes, encoderMemoryMb, heic };
  return createHash('sha256').update(JSON.stringify(rules)).digest('hex').slice(0, 16);
}
