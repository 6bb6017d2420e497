import type { ActivityDeps } from './deps.js';

/** Says that nobody works on the image any more. Safe to repeat: finished images are left alone. */
export const releaseImage =
  ({ catalog }: ActivityDeps) =>
  ({ imageId }: { imageId: string }): Promise<void> =>
    catalog.images.release(imageId);
