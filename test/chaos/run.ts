import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import { openDarkroom, type Darkroom } from '../../src/client.js';
import { awayDuring, jobsUndone, trafficWanted } from './allowances.js';
import { check, isClean, type Verdict } from './checker.js';
import type { Evidence, ReferenceVariant } from './evidence.js';
import { Feeder } from './feeder.js';
import { encodedIn, objectsIn, referenceFor, referenceOf, rowsOf, unforeseenIn } from './gather.js';
import { givenUp } from './flight.js';
import { History } from './history.js';
import { Injector } from './injector.js';
import { makeLibrary, type ChaosImage } from './library.js';
import { FAULT_KINDS, planFaults, type FaultKind, type Sizes } from './schedule.js';
import { openChaosStack, type ChaosStack, type Kind } from './stack.js';
import { openTraffic } from './traffic.js';

const WORKERS = 2;
const DRAIN_MS = 6 * 60_000;
const SWEEP_EVERY = 10;
/** Of images and of generations. */
const ENDS = ['completed', 'failed', 'cancelled'];
/** For faults that find nothing to hit; of all images that are wanted. */
const SPARE_SHARE = 0.5;
/** Images that are handed in and not done: enough for every slot, few enough to hit different ones. */
const AHEAD = 8;
/** Of the work, after which everything goes well again. */
const CALM_AFTER_SHARE = 0.85;
/** From one fault to the next. */
const STANDSTILL_MS = 4 * 60_000;

export interface ChaosOptions {
  seed: number;
  sizes: Sizes;
  stack: Kind;
  /** Gets the history and the logs; what was stored goes when the run was clean. */
  folder: string;
  photos?: string;
  /** For the last image and generation to end, once there are no faults any more. */
  drainMs?: number;
  say: (line: string) => void;
}

export interface ChaosResult {
  images: number;
  faults: Record<FaultKind, number>;
  verdict: Verdict;
  clean: boolean;
  seconds: number;
  /** From the gone worker to the moment at which Temporal gave its work to another. */
  noticedMs: number[];
  history: string;
  evidence: Evidence;
}

/** A run without faults, one with them, and what the checker says of the difference. */
export async function runChaos(options: ChaosOptions): Promise<ChaosResult> {
  const { seed, sizes, folder, say } = options;
  const startedAt = Date.now();
  await mkdir(folder, { recursive: true });
  const history = new History(join(folder, 'history.jsonl'));
  history.note('start', { seed, sizes, stack: options.stack });
  const count = Math.ceil(sizes.images * (1 + SPARE_SHARE));
  const images = await makeLibrary(join(folder, 'library'), count, options.photos);
  const distinct = images.filter(({ fileName, like }) => fileName === like);
  say(`${distinct.length} images without faults, for their bytes`);
  const made = await withoutFaults(options, history, distinct);
  say(`${sizes.images} images with faults`);
  const evidence = await withFaults(options, history, {
    images,
    reference: referenceFor(images, made),
  });
  const verdict = check(evidence);
  const clean = isClean(verdict);
  history.note('verdict', { ...verdict, clean, landed: evidence.landed });
  if (clean) await removeData(folder);
  return {
    images: evidence.acknowledged.length,
    faults: evidence.landed,
    ...{ verdict, clean, evidence, history: history.file },
    seconds: Math.round((Date.now() - startedAt) / 1000),
    noticedMs: evidence.notices.flatMap(({ goneAtMs, noticedAtMs }) =>
      noticedAtMs === undefined ? [] : [noticedAtMs - goneAtMs],
    ),
  };
}

async function withoutFaults(
  { folder, seed, say }: ChaosOptions,
  history: History,
  images: ChaosImage[],
): Promise<ReferenceVariant[]> {
  const none = { storageFaults: [], storagePercent: 0, providerPercent: 0, images: 0 };
  const traffic = openTraffic({ seed, history, landed: nothing(), ...none });
  const dataDir = join(folder, 'without-faults');
  // The bytes do not depend on where they are stored.
  await using stack = await openChaosStack({ kind: 'embedded', dataDir, workers: 1, traffic, say });
  await using darkroom = await openDarkroom(stack.env);
  const feeder = new Feeder({ darkroom, images, history, folder: join(dataDir, 'imports') });
  const keeping = feeder.keepBackfills();
  await feeder.upTo(images.length);
  await drained(darkroom, stack.databaseUrl, { count: images.length, withinMs: DRAIN_MS });
  feeder.end();
  await keeping;
  return referenceOf(await rowsOf(stack.databaseUrl), await objectsIn(stack.storage));
}

interface Prepared {
  images: ChaosImage[];
  reference: ReferenceVariant[];
}

async function withFaults(
  options: ChaosOptions,
  history: History,
  { images, reference }: Prepared,
): Promise<Evidence> {
  const { seed, sizes, folder, say } = options;
  const landed = nothing();
  const traffic = openTraffic({ seed, history, landed, ...sizes });
  const dataDir = join(folder, 'with-faults');
  const smallDisk = sizes.faults.diskFull > 0;
  const opening = { kind: options.stack, dataDir, workers: WORKERS, smallDisk, traffic, say };
  await using stack = await openChaosStack(opening);
  await using darkroom = await openDarkroom(stack.env);
  const connection = await Connection.connect({ address: stack.env.TEMPORAL_ADDRESS ?? '' });
  const client = new Client({ connection });
  try {
    const feeder = new Feeder({
      ...{ darkroom, images, history, folder: join(dataDir, 'imports') },
      generations: sizes.generations,
      planned: sizes.images,
      databaseUrl: stack.databaseUrl,
    });
    const injector = new Injector({
      stack,
      client,
      history,
      landed,
      moreWork: () => feeder.more(),
    });
    const keeping = feeder.keepBackfills();
    const planned = new Set(images.slice(0, sizes.images).map(({ fileName }) => fileName));
    const needed = reference.filter(({ fileName }) => planned.has(fileName)).length;
    // A broken program fails images; what becomes of the others is to be seen all the same.
    const shareDone = async () => {
      const { variants, failed } = await darkroom.stats();
      return variants / needed + failed / sizes.images;
    };
    await bringAbout(options, { feeder, injector, landed, shareDone });
    traffic.calm();
    history.note('calm', { landed });
    await feeder.upTo(sizes.images);
    await injector.settled();
    const count = feeder.acknowledged.length + sizes.generations;
    await drained(darkroom, stack.databaseUrl, { count, withinMs: options.drainMs ?? DRAIN_MS });
    feeder.end();
    await keeping;
    return await gathered({ stack, client, feeder, injector, landed, sizes, reference });
  } finally {
    await connection.close();
  }
}

interface Running {
  feeder: Feeder;
  injector: Injector;
  landed: Record<FaultKind, number>;
  /** Of all work, 0 to 1. */
  shareDone: () => Promise<number>;
}

/** The schedule, and then again those that hit nothing, while there is work left to hit. */
async function bringAbout({ seed, sizes, say }: ChaosOptions, running: Running): Promise<void> {
  const { feeder, injector, landed } = running;
  const plan = planFaults(seed, sizes, WORKERS);
  for (const [index, fault] of plan.entries()) {
    await workUntil(fault.afterShare, sizes.images, running);
    await injector.inject(fault);
    if (index % 10 === 9) say(`${index + 1} of ${plan.length} faults`);
  }
  // Those of requests come with the work alone.
  await workUntil(CALM_AFTER_SHARE, sizes.images, running);
  await injector.settled();
  for (const fault of plan) {
    if (landed[fault.kind] >= sizes.faults[fault.kind]) continue;
    await feeder.more();
    await injector.inject(fault);
    await injector.settled();
  }
}

/** Keeps some images ahead of what is done, until so much of it is. */
async function workUntil(
  share: number,
  images: number,
  { feeder, shareDone }: Running,
): Promise<void> {
  const deadline = Date.now() + STANDSTILL_MS;
  for (;;) {
    const done = await shareDone().catch(() => 0);
    await feeder.upTo(Math.min(images, Math.ceil(done * images) + AHEAD));
    if (done >= share) return;
    if (Date.now() > deadline) throw new Error(`Nothing goes on at ${Math.round(done * 100)} %.`);
    await wait(200);
  }
}

/** Until every image has an end; what was left for later is taken up as the sweep does, only sooner. */
async function drained(
  darkroom: Darkroom,
  databaseUrl: string,
  { count, withinMs }: { count: number; withinMs: number },
): Promise<void> {
  const deadline = Date.now() + withinMs;
  for (let looks = 1; Date.now() < deadline; looks += 1) {
    const { images, generations } = await rowsOf(databaseUrl);
    const ended = images.filter(({ status }) => ENDS.includes(status));
    const making = generations.filter(({ status }) => !ENDS.includes(status));
    if (ended.length >= count && images.length === ended.length && making.length === 0) break;
    if (looks % SWEEP_EVERY === 0) await darkroom.sweep().catch(() => undefined);
    await wait(1_000);
  }
}

interface Gathering extends Omit<Running, 'shareDone'> {
  stack: ChaosStack;
  client: Client;
  sizes: Sizes;
  reference: ReferenceVariant[];
}

async function gathered({
  stack,
  client,
  feeder,
  injector,
  landed,
  sizes,
  reference,
}: Gathering): Promise<Evidence> {
  const logs = stack.workers.map(({ logFile }) => logFile);
  return {
    acknowledged: feeder.acknowledged,
    fallen: stack.workers.flatMap(({ fallen }) => fallen),
    ...(await rowsOf(stack.databaseUrl)),
    givenUp: await givenUp(client),
    unforeseen: unforeseenIn(logs),
    objects: await objectsIn(stack.storage),
    reference,
    ledger: stack.ledger(),
    promised: feeder.promised,
    notices: injector.notices.map((notice) => ({
      ...notice,
      serverAwayMs: awayDuring(stack, notice.goneAtMs, notice.noticedAtMs),
    })),
    work: {
      encoded: encodedIn(logs),
      // A job makes each format of a tier.
      mayBeUndone: jobsUndone(landed, stack) * new Set(reference.map(({ format }) => format)).size,
    },
    landed,
    wanted: {
      ...{ ...sizes.faults, ...trafficWanted(sizes) },
      ...(stack.disk === undefined && { diskFull: 0 }),
    },
  };
}

async function removeData(folder: string): Promise<void> {
  const bulky = ['storage', 'database', 'imports', 'scratch-0', 'scratch-1', 'temporal.db'];
  for (const run of ['without-faults', 'with-faults']) {
    for (const name of bulky) await rm(join(folder, run, name), { recursive: true, force: true });
  }
  await rm(join(folder, 'library'), { recursive: true, force: true });
}

function nothing(): Record<FaultKind, number> {
  return Object.fromEntries(FAULT_KINDS.map((kind) => [kind, 0])) as Record<FaultKind, number>;
}
