import { randomUUID } from 'node:crypto';
import type { Client } from '@temporalio/client';
import type { OwnerCatalog } from '../catalog/catalog.js';
import { DarkroomError } from '../domain/failures.js';
import { deleteWorkflowId, TASK_QUEUES } from '../domain/ids.js';
import type { FsckInput, FsckReport } from '../domain/fsck.js';
import type { SweepReport } from '../domain/sweep.js';
import { PRIORITY } from '../domain/priority.js';
import type { Storage } from '../storage/storage.js';
import type { deleteImage } from '../workflows/delete-image.js';
import { SEARCH_ATTRIBUTES } from '../workflows/search-attributes.js';
import { deleteSignal, type DeleteRequest } from '../workflows/upkeep-messages.js';
import { replaceOriginal, type Replacement } from './replace-original.js';
import { ended, startImage } from './start-image.js';

/** What happens to images after they were made ready. */
export interface Upkeep {
  /**
   * Resolves when the image is gone: work on it has ended, and variants, preview, description and
   * embedding are removed, with `original` also the bytes that were uploaded (never a file or an
   * address that an import named). What another image shares stays. Deleting again is harmless; an
   * import does not bring a deleted image back, an upload of the same bytes does. Needs a worker.
   * @throws DarkroomError `ImageNotFound` when there never was such an image
   */
  delete(imageId: string, options?: { original?: boolean }): Promise<{ originalRemoved: boolean }>;

  /**
   * Gives the image other bytes and starts it ahead of any backfill. Resolves as soon as that is
   * durable; until the new variants are whole the old ones are served. The same bytes again change
   * nothing.
   * @throws DarkroomError `ImageNotFound`, `FileTooLarge`, `ImageEmpty`, or an outage
   */
  replace(imageId: string, replacement: Replacement): Promise<{ replaced: boolean }>;

  /**
   * Sweeps now: starts what was deferred or left alone, and counts the objects that no image needs;
   * with `deleteOrphans` removes them. With `orphans: false` it does not look for them, which lists the
   * whole storage. Needs a worker.
   */
  sweep(options?: { orphans?: boolean; deleteOrphans?: boolean }): Promise<SweepReport>;

  /**
   * Compares catalog and storage both ways: objects that are missing or have other bytes than the
   * catalog says, and objects that no image needs. With `repair` variants and previews are made again
   * (that is under way when this resolves) and the others removed, as `sweep` does. Needs a worker.
   */
  fsck(options?: FsckInput): Promise<FsckReport>;
}

export interface UpkeepDeps {
  client: Client;
  catalog: OwnerCatalog;
  originals: Storage | undefined;
  maxBytes: number;
}

export function upkeep({
  client,
  catalog,
  originals,
  maxBytes,
}: UpkeepDeps): Omit<Upkeep, 'sweep' | 'fsck'> {
  return {
    delete: async (imageId, { original = false } = {}) => {
      const image = await catalog.images.get(imageId);
      if (image === undefined) throw noImage(imageId);
      // Its own id: workflows and objects know it in small letters only.
      return deleteNow(client, image.id, original);
    },
    replace: async (imageId, replacement) => {
      if (originals === undefined) {
        throw new DarkroomError('StorageNotConfigured', 'ORIGINAL_STORAGE is not set.');
      }
      const image = await catalog.images.get(imageId);
      if (image === undefined || image.deletedAt !== undefined) {
        throw noImage(imageId);
      }
      const ports = { catalog, originals };
      const replaced = await replaceOriginal(ports, image, { ...replacement, maxBytes });
      // A call before this one may have been cut off between the row and the start.
      if (replaced || image.status === 'processing') await startImage(client, image);
      return { replaced };
    },
  };
}

function noImage(imageId: string): DarkroomError {
  return new DarkroomError('ImageNotFound', `There is no image ${imageId}.`);
}

async function deleteNow(client: Client, imageId: string, original: boolean) {
  const request: DeleteRequest = { id: randomUUID(), original };
  const handle = await client.workflow.signalWithStart<typeof deleteImage, [DeleteRequest]>(
    'deleteImage',
    {
      workflowId: deleteWorkflowId(imageId),
      taskQueue: TASK_QUEUES.main,
      args: [{ imageId, ...request }],
      signal: deleteSignal,
      signalArgs: [request],
      priority: { priorityKey: PRIORITY.upload },
      typedSearchAttributes: [{ key: SEARCH_ATTRIBUTES.image, value: imageId }],
      staticSummary: original ? 'Delete with its original' : 'Delete, keep the original',
    },
  );
  return ended(handle);
}
