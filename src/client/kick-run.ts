import type { Client } from '@temporalio/client';
import type { Catalog } from '../catalog/catalog.js';
import type { Unattended } from '../catalog/lifecycle.js';
import type { Image, ImageInScope } from '../domain/image.js';
import type { ProcessRequest } from '../domain/process-request.js';
import type { Run } from '../domain/runs.js';
import { imageWorkWith } from './image-work.js';
import { startImage } from './start-image.js';

const PAGE = 200;

/** More would fill the queue ahead of uploads' own retries; the sweep or another kick takes the rest. */
const AT_MOST = 1000;

/**
 * Starts, ahead of any backfill, what failed in the run and has not succeeded since, and what of its
 * steps was left to wait for a provider. Safe to repeat: an image that runs already is passed over, and
 * one that failed again comes after the others.
 */
export async function startUnfinished(
  { client, catalog }: { client: Client; catalog: Catalog },
  run: Run,
  atMost = AT_MOST,
): Promise<number> {
  const { isRunning } = imageWorkWith(client);
  const started = new Set<string>();
  for await (const { image, request } of unfinishedOf(catalog, run)) {
    if (started.size >= atMost) break;
    // What fails again at once is met again at the end.
    if (started.has(image.id) || (await isRunning(image.id))) continue;
    await startImage(client, image, { ...request, priority: 'retry' });
    started.add(image.id);
  }
  return started.size;
}

interface Unfinished {
  image: ImageInScope;
  request: ProcessRequest;
}

async function* unfinishedOf(
  { runs, lifecycle }: Catalog,
  run: Run,
): AsyncGenerator<Unfinished, void> {
  for await (const image of paged<Image>((page) => runs.stillFailed(run, page))) {
    yield { image, request: againAsIn(run, image) };
  }
  const deferred = paged<Unattended>(({ limit, after }) =>
    lifecycle.deferred({ limit, ...(after !== undefined && { after: after.id }) }),
  );
  for await (const { steps, ...image } of deferred) {
    // With all that it waits for: what nobody got to and nobody asks for again would be let go.
    if (steps.some((step) => run.steps.includes(step))) yield { image, request: { steps } };
  }
}

/** What failed while it was done again is still done: it needs force, and nothing else that is done may get it. */
function againAsIn({ steps }: Run, { steps: records }: Image): ProcessRequest {
  const failed = steps.filter((step) => records[step].failure !== undefined);
  if (failed.every((step) => records[step].state !== 'done')) return { steps };
  return {
    steps: steps.filter((step) => records[step].state !== 'done' || failed.includes(step)),
    force: true,
  };
}

async function* paged<T>(
  read: (page: { limit: number; after?: T }) => Promise<T[]>,
): AsyncGenerator<T, void> {
  let after: T | undefined;
  do {
    const page = await read({ limit: PAGE, ...(after !== undefined && { after }) });
    yield* page;
    after = page.length < PAGE ? undefined : page.at(-1);
  } while (after !== undefined);
}
