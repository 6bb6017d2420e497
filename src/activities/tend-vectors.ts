import { spaceOf } from '../embedding/embedders.js';
import type { ActivityDeps } from './deps.js';

/**
 * Makes the index of every model that has vectors, and removes the vectors of models that the
 * configured one has replaced. Safe to repeat: what is there is not made again, what is gone is not
 * found again.
 */
export const tendVectors =
  ({ catalog, embedding }: ActivityDeps) =>
  async (): Promise<{ removed: number }> => {
    for (const space of await catalog.search.spaces()) await catalog.search.ensureIndex(space);
    return { removed: await catalog.search.removeReplaced(spaceOf(embedding)) };
  };
