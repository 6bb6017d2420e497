import type { Catalog } from '../catalog/catalog.js';
import { checkGeneration } from '../domain/check-generation.js';
import { DarkroomError } from '../domain/failures.js';
import { hasEnded, type Generation } from '../domain/generation.js';
import type { ActivityDeps } from './deps.js';

/** What its workflow has to know of a generation. */
export interface OpenedGeneration {
  ownerId: string;
  priority: number;
  /** It ended, or somebody wants it cancelled, before anything was begun. */
  isOver: boolean;
}

/**
 * Checks a generation before it waits for a slot, so that what can never work fails at once. Safe to
 * repeat: it changes nothing.
 * @throws DarkroomError `GenerationNotFound`, `InvalidInput`, `ProviderNotConfigured`
 */
export const openGeneration =
  ({ catalog, generation: providers }: ActivityDeps) =>
  async ({ generationId }: { generationId: string }): Promise<OpenedGeneration> => {
    const generation = await openedGeneration(catalog, generationId);
    const { ownerId, priority, provider, cancelRequestedAt } = generation;
    if (hasEnded(generation) || cancelRequestedAt !== undefined) {
      return { ownerId, priority, isOver: true };
    }
    checkGeneration(generation);
    providers.of(provider ?? providers.usual);
    return { ownerId, priority, isOver: false };
  };

/** @throws DarkroomError `GenerationNotFound` */
export async function openedGeneration(catalog: Catalog, id: string): Promise<Generation> {
  const generation = await catalog.generations.get(id);
  if (generation !== undefined) return generation;
  throw new DarkroomError('GenerationNotFound', `There is no generation ${id}.`);
}
