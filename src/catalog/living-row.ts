import { and, eq, isNull, type SQL } from 'drizzle-orm';
import { images } from './schema.js';

/**
 * The row of an image that may still be written to: a deleted one takes nothing, and with a content
 * hash only one that still is of those bytes does.
 */
export function livingRow(imageId: string, sha256?: string): SQL | undefined {
  const ofBytes = sha256 === undefined ? undefined : eq(images.sha256, sha256);
  return and(eq(images.id, imageId), isNull(images.deletedAt), ofBytes);
}
