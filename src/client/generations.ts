import { setTimeout as after } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import type { Catalog, Reach } from '../catalog/catalog.js';
import type { GenerationCounts, GenerationPage } from '../catalog/generations.js';
import { DarkroomError } from '../domain/failures.js';
import { hasEnded, type Generation } from '../domain/generation.js';
import {
  readRequest,
  refuseProblems,
  requested,
  type GenerationRequest,
  type ReadRequest,
} from '../domain/generation-request.js';
import { isUuid } from '../domain/ids.js';
import { generationView, type GenerationView } from './generation-view.js';
import { generationWorkWith } from './generation-work.js';

/** Pictures from prompts: everybody's, or those of one owner. */
export interface OwnedGenerations {
  /**
   * Asks for one picture, or for many: all of them or none. Resolves as soon as that is durable; the
   * pictures become images of their owner.
   * @returns their ids, in the order of the requests
   * @throws DarkroomError `InvalidInput` with every problem of every request
   */
  generate(requests: GenerationRequest | GenerationRequest[]): Promise<{ id: string }[]>;
  /** `undefined` when there is no such generation. */
  generation(id: string): Promise<GenerationView | undefined>;
  /** Newest first; the last id of a page is the `after` of the next. @throws DarkroomError `InvalidInput` */
  generations(page?: Partial<GenerationPage>): Promise<GenerationView[]>;
  /**
   * Has it cancelled, with its prediction. Resolves when that is under way; its end follows in seconds.
   * @throws DarkroomError `GenerationNotFound`, `GenerationEnded`
   */
  cancelGeneration(id: string): Promise<GenerationView>;
  /**
   * Every change of it until it has ended, beginning with how it is now; the last one is its end.
   * @throws DarkroomError `GenerationNotFound`
   */
  watchGeneration(id: string): AsyncGenerator<GenerationView, GenerationView>;
}

export interface Generations extends OwnedGenerations {
  /** The provider says that something happened. @returns false when there is no such generation */
  wakeGeneration(id: string): Promise<boolean>;
  generationCounts(): Promise<GenerationCounts>;
}

export interface GenerationsDeps {
  client: Client;
  catalog: Catalog;
  /** Of what is asked for without a word about the owner. */
  defaultOwner: string;
  /** How far it goes: what it does not give is not there. */
  reach: Reach;
}

const LOOK_EVERY_MS = 500;
/** Starts at once: each is a request to Temporal. */
const STARTS_AT_ONCE = 10;

export function generations(deps: GenerationsDeps): Generations {
  const { catalog } = deps;
  return {
    ...ownedGenerations(deps),
    wakeGeneration: async (id) => isUuid(id) && catalog.generations.wake(id),
    generationCounts: () => catalog.generations.counts(),
  };
}

export function ownedGenerations(deps: GenerationsDeps): OwnedGenerations {
  const { reach } = deps;
  const get = async (id: string) => {
    const found = await reach().generations.get(id);
    return found && generationView(found);
  };
  return {
    generate: (requests) => generate(deps, requests),
    generation: get,
    generations: async ({ limit = 50, ...page } = {}) =>
      (await reach(page.ownerId).generations.list({ limit, ...page })).map(generationView),
    cancelGeneration: (id) => cancel(deps, id),
    watchGeneration: (id) => watch(id, get),
  };
}

async function generate(
  { client, catalog, defaultOwner, reach }: GenerationsDeps,
  requests: GenerationRequest | GenerationRequest[],
): Promise<{ id: string }[]> {
  const isArray = Array.isArray(requests);
  const read = (isArray ? requests : [requests]).map((it) => readRequest(it, defaultOwner));
  refuseProblems(await withSources(reach, read), isArray);
  const wanted = read.map(requested);
  const owners = new Set(wanted.map(({ ownerId }) => ownerId));
  // Those of several owners are one statement all the same, so that they are kept all or none.
  const [owner] = owners.size === 1 ? owners : [];
  const added = await reach(owner).generations.add(wanted);
  const ids = added.map(({ id }) => ({ id }));
  // They are kept, so whoever were told of a failure now and asked again would pay twice. The bridge or
  // a sweep starts them, the sweep also when the database does not hear of it.
  const open = added.filter((it) => !hasEnded(it));
  await startAll(client, open).catch(() =>
    catalog.generations.leave(open.map(({ id }) => id)).catch(() => undefined),
  );
  return ids;
}

/** What is wrong with each, images that are not there or somebody else's included. */
async function withSources(reach: Reach, read: ReadRequest[]): Promise<string[][]> {
  return Promise.all(
    read.map(async ({ asked: { sourceImage, ownerId }, problems }) => {
      if (typeof sourceImage !== 'string' || !isUuid(sourceImage)) return problems;
      const image = await reach().images.get(sourceImage);
      const isThere = image?.ownerId === ownerId && image?.deletedAt === undefined;
      return isThere ? problems : [...problems, `The owner has no image ${sourceImage}.`];
    }),
  );
}

/** In their order, as far as several at once have one. */
async function startAll(client: Client, added: Generation[]): Promise<void> {
  const { start } = generationWorkWith(client);
  for (let first = 0; first < added.length; first += STARTS_AT_ONCE) {
    await Promise.all(added.slice(first, first + STARTS_AT_ONCE).map(start));
  }
}

async function cancel(
  { client, catalog, reach }: GenerationsDeps,
  id: string,
): Promise<GenerationView> {
  const { generations: kept } = catalog;
  const work = generationWorkWith(client);
  const generation = await reach().generations.requestCancel(id);
  const isTold = await work.cancel(id);
  // Nobody is at work on it: what it has begun is ended by its workflow, else there is nothing to end.
  if (!isTold && generation.attemptNumber === 0) await kept.cancel(id);
  else if (!isTold) await work.start(generation);
  return generationView((await kept.get(id)) ?? generation);
}

async function* watch(
  id: string,
  get: (id: string) => Promise<GenerationView | undefined>,
): AsyncGenerator<GenerationView, GenerationView> {
  let said = '';
  for (;;) {
    const seen = await get(id);
    if (seen === undefined) {
      throw new DarkroomError('GenerationNotFound', `There is no generation ${id}.`);
    }
    const { status, progress, attemptNumber } = seen;
    const state = JSON.stringify([status, progress, attemptNumber]);
    if (state !== said) yield seen;
    said = state;
    if (hasEnded(seen)) return seen;
    await after(LOOK_EVERY_MS);
  }
}
