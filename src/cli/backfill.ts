import { Option, type Command } from 'commander';
import type { BackfillOptions, Darkroom } from '../client.js';
import { counted } from '../domain/counted.js';
import { STEPS } from '../domain/image.js';
import { duration, type Progress } from '../domain/progress.js';
import { SCOPES, type Run } from '../domain/runs.js';
import {
  EXIT,
  exitOf,
  withDarkroom,
  type CommandContext,
  type ExitCode,
} from './command-context.js';
import { positiveNumber, stepList, withOwner } from './options.js';
import { bytes, sentence, table, type Print } from './print.js';
import { showProgress } from './progress-bar.js';

export function addBackfill(program: Command, context: CommandContext): void {
  const group = program.command('backfill').description('process many images, and watch it');

  withSelection(group.command('preview').description('count what a backfill would take')).action(
    (options: BackfillOptions, command: Command) =>
      withDarkroom(context, command, (darkroom, print) => preview(darkroom, print, options)),
  );
  withSelection(group.command('start').description('start a backfill'))
    .option('--concurrency <n>', 'images in flight at once', positiveNumber)
    .option('--watch', 'stay and show the progress')
    .action(({ watch, ...options }: BackfillOptions & { watch?: boolean }, command: Command) =>
      withDarkroom(context, command, (darkroom, print) =>
        start(darkroom, print, options, watch ?? false),
      ),
    );
  group
    .command('status')
    .description('where the active or the newest run stands')
    .argument('[run-id]')
    .action((runId: string | undefined, _options: unknown, command: Command) =>
      withDarkroom(context, command, async (darkroom, print) => {
        const progress = await darkroom.backfill.status(runId);
        print.result(progress, () => statusLine(progress));
        return EXIT.done;
      }),
    );
  group
    .command('watch')
    .description('show the progress of the active or the newest run until it ends')
    .argument('[run-id]')
    .action((runId: string | undefined, _options: unknown, command: Command) =>
      withDarkroom(context, command, async (darkroom, print) => {
        const watched = runId ?? (await darkroom.backfill.status()).runId;
        return watchToEnd(darkroom, print, watched);
      }),
    );
  addControls(group, context);
  group
    .command('cancel')
    .description('stop the active run; what is done stays')
    .action((_options: unknown, command: Command) =>
      withDarkroom(context, command, async (darkroom, print) => {
        const run = await darkroom.backfill.cancel();
        print.result(run, () => summary(run));
        return EXIT.done;
      }),
    );
  group
    .command('runs')
    .description('past and present runs, newest first')
    .option('--limit <n>', 'how many', positiveNumber, 20)
    .option('--after <run-id>', 'the page after this run')
    .action(({ limit, after }: { limit: number; after?: string }, command: Command) =>
      withDarkroom(context, command, async (darkroom, print) => {
        const runs = await darkroom.backfill.runs(limit, after);
        print.result(runs, () => runTable(runs, after));
        return EXIT.done;
      }),
    );
}

/** What changes a run that goes on. */
function addControls(group: Command, context: CommandContext): void {
  group
    .command('pause')
    .description('start no more images; those in flight finish')
    .action((_options: unknown, command: Command) =>
      withDarkroom(context, command, async (darkroom, print) => {
        await darkroom.backfill.pause();
        print.result({ paused: true }, () => 'Paused; go on with: darkroom backfill resume');
        return EXIT.done;
      }),
    );
  group
    .command('resume')
    .description('go on with a paused run')
    .action((_options: unknown, command: Command) =>
      withDarkroom(context, command, async (darkroom, print) => {
        await darkroom.backfill.resume();
        print.result({ paused: false }, () => 'Resumed');
        return EXIT.done;
      }),
    );
  group
    .command('concurrency')
    .description('change how many images are in flight at once')
    .argument('<n>', 'images', positiveNumber)
    .action((concurrency: number, _options: unknown, command: Command) =>
      withDarkroom(context, command, async (darkroom, print) => {
        await darkroom.backfill.setConcurrency(concurrency);
        print.result(
          { concurrency },
          () => `${counted(concurrency, 'image')} in flight from now on`,
        );
        return EXIT.done;
      }),
    );
  group
    .command('retry')
    .description('process again what failed in a run, the newest one by default')
    .argument('[run-id]')
    .option('--kind <kind...>', 'only failures of these kinds')
    .option('--watch', 'stay and show the progress')
    .action(
      (
        runId: string | undefined,
        { kind: kinds, watch = false }: { kind?: string[]; watch?: boolean },
        command: Command,
      ) =>
        withDarkroom(context, command, async (darkroom, print) => {
          const started = await darkroom.backfill.retry({
            ...(runId !== undefined && { runId }),
            ...(kinds !== undefined && { kinds }),
            startedBy: 'cli',
          });
          return watch ? watchToEnd(darkroom, print, started.runId) : sayStarted(print, started);
        }),
    );
}

function withSelection(command: Command): Command {
  const chosen = command
    .addOption(new Option('--scope <scope>', 'which images').choices(SCOPES).default('missing'))
    .option('--steps <steps>', 'variants, metadata, embedding (all by default)', stepList);
  return withOwner(chosen, 'only images of this owner').option(
    '--limit <n>',
    'stop after this many images',
    positiveNumber,
  );
}

async function preview(
  darkroom: Darkroom,
  print: Print,
  options: BackfillOptions,
): Promise<ExitCode> {
  const found = await darkroom.backfill.preview(options);
  print.result(found, () => {
    const cost = [
      ...(found.minutes === undefined ? [] : [`about ${duration(found.minutes * 60)}`]),
      ...(found.providerCalls > 0 ? [counted(found.providerCalls, 'provider call')] : []),
      ...(found.bytes > 0 ? [`about ${bytes(found.bytes)} of variants`] : []),
    ].join(', ');
    const what = `${counted(found.images, 'image')} in scope "${found.scope}" for ${found.steps.join(', ')}`;
    return cost === '' ? what : `${what}: ${cost}`;
  });
  return EXIT.done;
}

async function start(
  darkroom: Darkroom,
  print: Print,
  options: BackfillOptions,
  watch: boolean,
): Promise<ExitCode> {
  const { runId, images } = await darkroom.backfill.start({ ...options, startedBy: 'cli' });
  if (watch) return watchToEnd(darkroom, print, runId);
  return sayStarted(print, { runId, images });
}

function sayStarted(print: Print, started: { runId: string; images: number }): ExitCode {
  print.result(
    started,
    () => `Started a backfill of ${counted(started.images, 'image')}; see: darkroom backfill watch`,
  );
  return EXIT.done;
}

/** More than anybody reads at a terminal; JSON has all of them. */
const MOST_LINES = 200;

async function watchToEnd(darkroom: Darkroom, print: Print, runId: string): Promise<ExitCode> {
  const run = await showProgress(darkroom.backfill.watch(runId), print);
  const failures = await darkroom.backfill.failures(runId, run.failed * STEPS.length);
  print.result({ ...run, failures }, () =>
    [
      summary(run),
      ...failures.slice(0, MOST_LINES).map((it) => `  ${it.fileName}: ${it.message} (${it.kind})`),
      ...(failures.length > MOST_LINES ? ['  and more: darkroom images --status failed'] : []),
    ].join('\n'),
  );
  return exitOf(run);
}

function summary(run: Run): string {
  const words = run.status.replaceAll('_', ' ');
  const why = run.failure === undefined ? '' : `: ${run.failure.message}`;
  return `${words}${why}: ${run.done} done, ${run.failed} failed of ${run.total}`;
}

function statusLine(progress: Progress): string {
  const { status, because } = progress;
  if (status === 'paused') return sentence(progress);
  return `${status}: ${sentence(progress)}${because === undefined ? '' : `\n  ${because.message}`}`;
}

function runTable(runs: Run[], after?: string): string {
  if (runs.length === 0 && after !== undefined) return 'There is none before that run.';
  if (runs.length === 0) return 'There has been no backfill yet; try: darkroom backfill start';
  const rows = runs.map((run) => [
    run.startedAt.toISOString().slice(0, 19).replace('T', ' '),
    run.scope,
    run.status,
    run.done,
    run.failed,
    run.total,
    run.id,
  ]);
  return table([['STARTED', 'SCOPE', 'STATUS', 'DONE', 'FAILED', 'OF', 'RUN'], ...rows]);
}
