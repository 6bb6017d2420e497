import type { Client } from '@temporalio/client';
import type { Catalog } from '../catalog/catalog.js';
import type { ImageInScope, Step } from '../domain/image.js';
import type { Run } from '../domain/runs.js';
import { startImage } from './start-image.js';

const PAGE = 200;

/** More would fill the queue ahead of uploads' own retries; the sweep or another kick takes the rest. */
const AT_MOST = 1000;

/**
 * Starts, ahead of any backfill, what failed in the run and has not succeeded since, and what of its
 * steps was left to wait for a provider. Safe to repeat: an image that runs already gets one more
 * request.
 */
export async function startUnfinished(
  { client, catalog }: { client: Client; catalog: Catalog },
  run: Run,
): Promise<number> {
  let started = 0;
  for await (const { steps, ...image } of unfinishedOf(catalog, run)) {
    await startImage(client, image, { steps, priority: 'retry' });
    started += 1;
    if (started >= AT_MOST) break;
  }
  return started;
}

async function* unfinishedOf(
  { images, lifecycle }: Catalog,
  { id, steps }: Run,
): AsyncGenerator<ImageInScope & { steps: Step[] }> {
  const failed = { scope: 'failed', steps, recipe: '', retryOf: { runId: id } } as const;
  for await (const image of paged((page) => images.page({ ...failed, ...page }))) {
    yield { ...image, steps };
  }
  for await (const image of paged((page) => lifecycle.deferred(page))) {
    const waiting = image.steps.filter((step) => steps.includes(step));
    if (waiting.length > 0) yield { ...image, steps: waiting };
  }
}

async function* paged<T extends ImageInScope>(
  read: (page: { limit: number; after?: string }) => Promise<T[]>,
): AsyncGenerator<T> {
  let after: string | undefined;
  do {
    const page = await read({ limit: PAGE, ...(after !== undefined && { after }) });
    yield* page;
    after = page.length < PAGE ? undefined : page.at(-1)?.id;
  } while (after !== undefined);
}
