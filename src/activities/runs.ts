import { DarkroomError } from '../domain/failures.js';
import type { ImageInScope, Step } from '../domain/image.js';
import type { RetryOf, RunCounts, RunStatus, Scope } from '../domain/runs.js';
import type { ActivityDeps } from './deps.js';
import { tell } from './start-deliveries.js';

export interface RunSelection {
  scope: Scope;
  steps: Step[];
  ownerId?: string;
  ids?: string[];
  retryOf?: RetryOf;
}

export interface OpenRunInput extends RunSelection {
  runId: string;
  workflowId: string;
  limit?: number;
}

/** Counts what is in scope and files the run. Safe to repeat: opening it again changes nothing. */
export const openRun =
  ({ catalog, variants, ...deps }: ActivityDeps) =>
  async ({ runId, workflowId, limit, ...selection }: OpenRunInput): Promise<{ total: number }> => {
    const { scope, steps } = selection;
    const inScope = await catalog.images.count({ ...selection, ...today(deps) });
    const total = Math.min(inScope, limit ?? inScope);
    await catalog.runs.open({ id: runId, workflowId, scope, steps, total });
    if (steps.includes('variants') && variants === undefined) {
      throw new DarkroomError('StorageNotConfigured');
    }
    return { total };
  };

function today({
  recipeHash,
  rulesHash,
  metadata,
  embedding,
}: Pick<ActivityDeps, 'recipeHash' | 'rulesHash' | 'metadata' | 'embedding'>) {
  const sources = { metadata: metadata.source, embedding: embedding.source };
  return { recipe: recipeHash, rules: rulesHash, sources };
}

export interface PageInput extends RunSelection, RunCounts {
  runId: string;
  after?: string;
  limit: number;
}

/**
 * The next images in scope; files the counts so far on the way. Safe to repeat: it reads, and the
 * counts only grow.
 */
export const pageImages =
  ({ catalog, ...deps }: ActivityDeps) =>
  async ({ runId, done, failed, ...page }: PageInput): Promise<{ images: ImageInScope[] }> => {
    await catalog.runs.checkpoint(runId, { done, failed });
    return { images: await catalog.images.page({ ...page, ...today(deps) }) };
  };

/** Files that the run was paused or goes on. Safe to repeat: the newest word stays. */
export const markRun =
  ({ catalog }: ActivityDeps) =>
  ({ runId, ...state }: CloseRunInput): Promise<void> =>
    catalog.runs.mark(runId, state);

export interface CloseRunInput extends RunCounts {
  runId: string;
  status: RunStatus;
  failure?: { kind: string; message: string };
}

/** Files how the run ended. Safe to repeat: the same end again. */
export const closeRun =
  (deps: ActivityDeps) =>
  async ({ runId, ...end }: CloseRunInput): Promise<void> => {
    await deps.catalog.runs.close(runId, end);
    await tell(deps, runId);
  };
