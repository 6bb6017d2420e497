import { createHash } from 'node:crypto';
import { setTimeout as after } from 'node:timers/promises';
import type { Metadata, StepSource } from '../domain/image.js';
import { measuredColors, type DescribablePicture } from '../metadata/metadata.js';
import type { ActivityDeps } from './deps.js';

/** How often somebody looks whether the same bytes have been described for another image. */
const LOOK_AGAIN_MS = 500;

export interface Describing {
  imageId: string;
  sha256: string | undefined;
  signal: AbortSignal;
  patient?: boolean;
  since?: Date;
}

/**
 * What is said of the picture; of bytes that the same model has described before, also for another
 * image or before a crash, without a call. The answer is kept before anything else happens to it.
 */
export async function describeOnce(
  { metadata, catalog }: Pick<ActivityDeps, 'metadata' | 'catalog'>,
  picture: DescribablePicture,
  { imageId, sha256, since, ...options }: Describing,
): Promise<Metadata> {
  if (!metadata.bytesOnly || sha256 === undefined) return metadata.describe(picture, options);
  const { descriptions } = catalog;
  const key = keyOf(sha256, metadata.source);
  for (;;) {
    const known = await descriptions.claim({ key, sha256 }, imageId, since);
    if (known === 'mine') break;
    if (known !== 'others') {
      return { ...known, dominantColors: measuredColors(picture) };
    }
    await after(LOOK_AGAIN_MS, undefined, { signal: options.signal });
  }
  try {
    const described = await metadata.describe(picture, options);
    const { dominantColors: _measured, ...words } = described;
    await descriptions.keep(key, words);
    return described;
  } catch (error) {
    await descriptions.release(key, imageId).catch(() => undefined);
    throw error;
  }
}

function keyOf(sha256: string, { provider, model, version }: StepSource): string {
  const hash = createHash('sha256').update(JSON.stringify([sha256, provider, model, version]));
  return hash.digest('hex');
}
