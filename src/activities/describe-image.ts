import { cancellationSignal } from '@temporalio/activity';
import { DarkroomError } from '../domain/failures.js';
import type { ActivityDeps } from './deps.js';
import { describeOnce } from './describe-once.js';
import { awaitsNewBytes, livingImage } from './living-image.js';
import { readAll } from './read-all.js';
import { tell } from './start-deliveries.js';
import { workingOn } from './working-on.js';

export interface DescribeImageInput {
  imageId: string;
  /** Nobody waits behind it, so it may wait long for the provider. */
  patient?: boolean;
  /** It is to be described again: words from before that moment do not count. */
  sinceMs?: number;
}

/**
 * Describes a picture from its preview, never from the original, and files the words in the catalog.
 * Safe to repeat: the newest description replaces the one before, and what a model said of the same
 * bytes is not asked for again.
 */
export const describeImage =
  (deps: ActivityDeps) =>
  async ({ imageId, patient, sinceMs }: DescribeImageInput): Promise<{ provider: string }> => {
    const image = await livingImage(deps.catalog, imageId);
    workingOn(image);
    const { provider } = deps.metadata.source;
    const { previewKey, widthPx, heightPx, sha256 } = image;
    if (awaitsNewBytes(image)) return { provider };
    if (previewKey === undefined || widthPx === undefined || heightPx === undefined) {
      throw new DarkroomError('OriginalMissing', 'The image has no preview to describe.');
    }
    const signal = cancellationSignal();
    const picture = {
      fileName: image.fileName,
      widthPx,
      heightPx,
      colors: image.colors,
      brightness: image.brightness ?? 0.5,
      ...(image.camera && { camera: image.camera }),
      preview: async () => readAll(await deps.originals.read(previewKey, { signal })),
    };
    const metadata = await describeOnce(deps, picture, {
      ...{ imageId, sha256, signal },
      ...(patient !== undefined && { patient }),
      ...(sinceMs !== undefined && { since: new Date(sinceMs) }),
    });
    await deps.catalog.images.recordMetadata(imageId, metadata, deps.metadata.source, sha256);
    await tell(deps, imageId);
    return { provider };
  };
