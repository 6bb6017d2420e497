import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { CatalogStats } from '../catalog/catalog.js';
import type { Darkroom } from '../client.js';
import type { Stack } from '../dev/stack.js';
import { paintForTour, type TourPhotos } from '../dev/tour-photos.js';
import { counted } from '../domain/counted.js';
import { bytes } from './print.js';
import { killWorker, whatWasRedone, type Killing } from './tour-kill.js';
import { startTourRun, type TourRun } from './tour-run.js';
import { openTourScreen, type TourScreen } from './tour-screen.js';

/** So many new photographs, when everything was ready already. */
const AGAIN = 12;
const OWNER = 'demo';

interface Tour {
  stack: Stack;
  darkroom: Darkroom;
  dataDir: string;
  signal: AbortSignal;
}

/** Shows on a terminal what Darkroom does, on real work. @throws what the signal was aborted with */
export async function giveTour(tour: Tour): Promise<void> {
  const { stack, darkroom, signal } = tour;
  using screen = openTourScreen();
  if (stack.server !== undefined) {
    screen.tell(`Watch it in a browser, signed in: ${stack.server.admin}`);
  }
  if (stack.temporalUi !== undefined) screen.tell(`What Temporal sees: ${stack.temporalUi}`);
  const photos = await prepare(tour, screen);
  const run = await startTourRun(darkroom, screen, signal);
  const total = run.left();

  await run.ended(Math.ceil(total / 5));
  const killing = await kill(tour, screen);
  await run.ended(Math.ceil(total / 3));
  await overtake(tour, screen, { run, photos });
  const end = await run.end;

  screen.end();
  if (killing !== undefined) screen.tell(await redone(killing, workerLog(tour)));
  for (const failure of await darkroom.backfill.failures(end.id)) {
    screen.tell(`${failure.fileName} is set aside: ${failure.message} (${failure.kind})`);
  }
  screen.tell(savings(await darkroom.stats()));
}

/** A broken file for every tour, and photographs when none is left to process. */
async function prepare(
  { darkroom, dataDir, signal }: Tour,
  screen: TourScreen,
): Promise<TourPhotos> {
  const { images } = await darkroom.backfill.preview();
  const more = images === 0 ? AGAIN : 0;
  if (more > 0) screen.tell(`Everything is ready already; painting ${more} more photographs.`);
  const photos = await paintForTour(join(dataDir, 'tour'), { more, signal });
  await darkroom.import(photos.folder);
  screen.tell(`One file among them is broken: ${photos.broken} ends in the middle.`);
  return photos;
}

async function kill(tour: Tour, screen: TourScreen): Promise<Killing | undefined> {
  const { darkroom, signal } = tour;
  const { worker } = tour.stack;
  if (worker === undefined) return undefined;
  return killWorker(
    { darkroom, worker, workerLog: workerLog(tour) },
    { tell: (line) => screen.tell(line), signal },
  );
}

/** An upload goes before everything that a backfill has waiting. */
async function overtake(
  { darkroom, signal }: Tour,
  screen: TourScreen,
  { run, photos: { urgent } }: { run: TourRun; photos: TourPhotos },
): Promise<void> {
  const before = run.left();
  const startedAt = Date.now();
  const { id } = await darkroom.upload({
    ...{ ownerId: OWNER, fileName: urgent.fileName, body: urgent.bytes },
  });
  let firstTierMs: number | undefined;
  for (;;) {
    const image = await darkroom.image(id);
    if (image === undefined) return; // somebody deleted it meanwhile
    if (image.readyMaxWidth > 0) firstTierMs ??= Date.now() - startedAt;
    if (image.variantsReady || image.status === 'failed') break;
    await wait(20, undefined, { signal });
  }
  const first = seconds(firstTierMs ?? Date.now() - startedAt);
  const queue =
    before > 0 ? `overtook ${counted(before, 'image')} of the run` : 'found nothing before it';
  screen.tell(
    `Uploaded ${urgent.fileName}: it ${queue}, first tier after ${first}, all after ${seconds(Date.now() - startedAt)}.`,
  );
}

async function redone(killing: Killing, log: string): Promise<string> {
  const { finishedAgain, unfinishedAgain } = await whatWasRedone(killing, log);
  const { size } = killing.finished;
  const again = unfinishedAgain > 0 ? `; ${unfinishedAgain} that it had not finished were` : '';
  return `Of the ${counted(size, 'variant that was', 'variants that were')} finished when the worker died, ${finishedAgain} were made again${again}.`;
}

function savings({ ready, images, variants, originalBytes, variantBytes }: CatalogStats): string {
  const saved = Math.round(100 * (1 - variantBytes / Math.max(1, originalBytes)));
  return `${ready} of ${counted(images, 'image')} ready: ${counted(variants, 'variant')} in ${bytes(variantBytes)}, made of ${bytes(originalBytes)}, ${saved} % saved.`;
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}

function workerLog({ dataDir }: Tour): string {
  return join(dataDir, 'logs', 'worker.log');
}
