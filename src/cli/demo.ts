import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import type { Darkroom } from '../client.js';
import type { CatalogStats, RunFailure } from '../catalog/catalog.js';
import { paintPhotos } from '../dev/paint-photos.js';
import type { Stack } from '../dev/stack.js';
import { listenForStop, type StopSignal } from '../dev/stop-signal.js';
import { counted } from '../domain/counted.js';
import { DarkroomError } from '../domain/failures.js';
import type { Run } from '../domain/runs.js';
import {
  EXIT,
  checkOwnEnvironment,
  loadClient,
  loadStack,
  type CommandContext,
  type ExitCode,
} from './command-context.js';
import { exitOfAll, failuresOf, reportOf } from './demo-report.js';
import { finishEarlierRun } from './earlier-run.js';
import { bytes, openPrint, type Print } from './print.js';
import { showProgress } from './progress-bar.js';
import { giveTour } from './tour.js';
import { whereEverythingIs } from './where.js';

interface DemoOptions {
  photos?: string;
  once?: boolean;
  tour: boolean;
}

export function addDemo(program: Command, context: CommandContext): void {
  program
    .command('demo')
    .description('everything on this machine: paints photos (or takes yours) and processes them')
    .option('--photos <dir>', 'process these instead of painted ones')
    .option('--once', 'end after the backfill')
    .option('--no-tour', 'process without showing around')
    .action(async (options: DemoOptions, command: Command) => {
      const print = openPrint(command.optsWithGlobals<{ json?: boolean }>());
      const say = (line: string) => void process.stderr.write(`${line}\n`);
      const tour = options.tour && !options.once && !print.json && process.stdout.isTTY;
      checkOwnEnvironment(context);
      await requireFolder(options.photos);
      using stop = listenForStop(say);
      const { openStack } = await loadStack();
      const photos = photosOf(options, context, say);
      await using stack = await openStack({
        ...{
          dataDir: context.dataDir,
          env: context.ownEnv,
          worker: true,
          server: options.once !== true,
          say,
          signal: stop.signal,
        },
        // A tour tells that itself.
        onRestart: (name, { because, pid }) =>
          tour ? undefined : say(`${name} ended (${because}), started again as ${pid}`),
      });
      const { dataDir } = context;
      const demo = { stack, photos: await photos, options, print, stop, say, dataDir };
      const showing = tour ? showAround(demo) : runDemo(demo);
      // Without a worker it would be waited for ever.
      context.setExit(await Promise.race([showing, stack.worker?.whenGivenUp() ?? showing]));
    });
}

/** Painted while the servers start; what is wrong with that is told when the photographs are needed. */
function photosOf(
  { photos }: DemoOptions,
  { dataDir }: CommandContext,
  say: (line: string) => void,
): Promise<string> {
  const found = photos ?? paintPhotos(join(dataDir, 'photos'), say);
  const folder = Promise.resolve(found);
  folder.catch(() => undefined);
  return folder;
}

interface Demo {
  stack: Stack;
  photos: string;
  options: DemoOptions;
  print: Print;
  stop: StopSignal;
  say: (line: string) => void;
  dataDir: string;
}

/** With a story on the terminal; then it stays up like the other. */
async function showAround({ stack, photos, print, stop, say, dataDir }: Demo): Promise<ExitCode> {
  const { openDarkroom } = await loadClient();
  await using darkroom = await openDarkroom(stack.env);
  const { signal } = stop;
  try {
    const { skipped } = await darkroom.import(photos);
    for (const { file } of skipped) say(`skipped ${file}: not an image`);
    await finishEarlierRun(darkroom, print, signal);
    await giveTour({ stack, darkroom, dataDir, signal });
  } catch (error) {
    if (signal.aborted) return EXIT.done;
    throw error;
  }
  print.line(whatToTry(stack));
  await stop.stopped;
  return EXIT.done;
}

async function runDemo({ stack, photos, options, print, stop, say }: Demo): Promise<ExitCode> {
  if (print.json && !options.once) print.result(whereEverythingIs(stack), () => '');
  if (stack.server) print.line(`Page         ${stack.server.admin}`);
  const { openDarkroom } = await loadClient();
  await using darkroom = await openDarkroom(stack.env);

  const imported = await darkroom.import(photos);
  for (const { file, reason = 'not an image' } of imported.skipped)
    say(`skipped ${file}: ${reason}`);
  const runs = await processAll(darkroom, print, stop.signal);
  if (stop.signal.aborted) return EXIT.done;

  const failures = await failuresOf(darkroom, runs);
  const stats = await darkroom.stats();
  if (options.once) {
    const processed = { runs, failures };
    print.result(reportOf(stats, processed, imported.skipped), () => summary(stats, failures));
    return exitOfAll(processed);
  }
  print.line(summary(stats, failures));
  print.line(whatToTry(stack));
  await stop.stopped;
  return EXIT.done;
}

/** The run that an earlier start was stopped in, then one of what is missing: either may not be. */
async function processAll(darkroom: Darkroom, print: Print, signal: AbortSignal): Promise<Run[]> {
  const runs: Run[] = [];
  try {
    const earlier = await finishEarlierRun(darkroom, print, signal);
    if (earlier !== undefined) runs.push(earlier);
    const { runId, images } = await darkroom.backfill.start({ startedBy: 'the demo' });
    print.line(`Processing ${counted(images, 'image')}`);
    runs.push(await showProgress(darkroom.backfill.watch(runId, { signal }), print));
  } catch (error) {
    if (signal.aborted) return runs;
    if (!(error instanceof DarkroomError) || error.kind !== 'NoImages') throw error;
    if (runs.length === 0) print.line('Nothing to process: every image is ready or set aside.');
  }
  return runs;
}

function summary(stats: CatalogStats, failures: RunFailure[]): string {
  const { images, ready, variants, originalBytes, variantBytes } = stats;
  return [
    `${ready} of ${counted(images, 'image')} ready: ${counted(variants, 'variant')}, ${bytes(variantBytes)} made of ${bytes(originalBytes)}`,
    ...failures.map((it) => `  ${it.fileName}: ${it.message} (${it.kind})`),
  ].join('\n');
}

function whatToTry({ temporalUi, worker, server }: Stack): string {
  return [
    '',
    ...(server === undefined ? [] : [`Page         ${server.admin}`]),
    ...(temporalUi === undefined ? [] : [`Temporal UI  ${temporalUi}`]),
    `Worker       process ${worker?.pid}; kill it, it comes back and nothing is lost`,
    '',
    'Try in another terminal:',
    '  npx darkroom images',
    '  npx darkroom backfill start --scope all --watch',
    '  npx darkroom import DIR',
    '',
    'Ctrl-C ends everything.',
  ].join('\n');
}

async function requireFolder(folder: string | undefined): Promise<void> {
  if (folder === undefined) return;
  const found = await stat(resolve(folder)).catch(() => undefined);
  if (found?.isDirectory()) return;
  const problem = found === undefined ? 'there is no such folder' : 'it is not a folder';
  throw new DarkroomError('InvalidInput', `--photos ${folder}: ${problem}.`);
}
