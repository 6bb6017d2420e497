import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { Command, CommanderError } from 'commander';
import { ConfigError } from '../config/variable.js';
import { readRunningStack } from '../dev/stack-file.js';
import { DarkroomError, type FailureKind } from '../domain/failures.js';
import { thrownFirst } from '../domain/thrown-first.js';
import { addBackfill } from './backfill.js';
import { EXIT, type CommandContext, type ExitCode } from './command-context.js';
import { addDelete } from './delete.js';
import { addDemo } from './demo.js';
import { addDev } from './dev.js';
import { addDoctor } from './doctor.js';
import { addEnv } from './env.js';
import { addGenerate } from './generate.js';
import { addGenerations } from './generations.js';
import { addFsck } from './fsck.js';
import { addImages } from './images.js';
import { addImport } from './import.js';
import { addLimits } from './limits.js';
import { addMigrate } from './migrate.js';
import { addProcess } from './process.js';
import { addQueues } from './queues.js';
import { addReplace } from './replace.js';
import { addSearch, addSimilar } from './search.js';
import { addServe } from './serve.js';
import { addShow } from './show.js';
import { addSweep } from './sweep.js';
import { addTokens } from './tokens.js';
import { addWebhooks } from './webhooks.js';
import { addWorker } from './worker.js';

/** Parses, runs and sets the exit code: 0 done, 1 failed, 2 usage, 3 finished with failures. */
export async function main(argv: string[]): Promise<void> {
  // The SDK's and the drivers' deprecation notes are for developers, not for people at a terminal.
  process.removeAllListeners('warning');
  endWithReader(process.stdout);
  try {
    process.exitCode = await runCommand(argv);
  } catch (error) {
    process.exitCode = explain(error, argv.includes('--json'));
  }
}

/** Whoever reads may have seen enough, as `head` has after some lines: that is no error of ours. */
function endWithReader(output: NodeJS.WriteStream): void {
  output.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit();
  });
}

async function runCommand(argv: string[]): Promise<ExitCode> {
  let exit: ExitCode = EXIT.done;
  const dataDir = resolve(dataOption(argv) ?? '.darkroom');
  const context: CommandContext = {
    env: { ...(await readRunningStack(dataDir)), ...process.env },
    ownEnv: process.env,
    dataDir,
    setExit: (code) => {
      exit = code;
    },
  };
  await buildProgram(context)
    .parseAsync(argv, { from: 'user' })
    .catch((error: unknown) => {
      throw lacksDatabase(error)
        ? new ConfigError([...error.problems, howToGetAStack(dataDir)])
        : error;
    });
  return exit;
}

function lacksDatabase(error: unknown): error is ConfigError {
  const problems = error instanceof ConfigError ? error.problems : [];
  return problems.some((problem) => problem.startsWith('DATABASE_URL is required'));
}

function howToGetAStack(dataDir: string): string {
  return `no stack runs on ${dataDir} to take them from: start one with "darkroom dev", or name the folder of one that runs with --data`;
}

/** Right from `src/cli` and from `dist/cli` alike. */
function ownVersion(): string {
  const { version } = createRequire(import.meta.url)('../../package.json') as { version: string };
  return version;
}

function buildProgram(context: CommandContext): Command {
  const program = new Command('darkroom')
    .description('Makes every image ready to show and to find, whatever crashes.')
    .version(ownVersion(), '--version', 'the version of Darkroom')
    .option('--data <dir>', 'folder of the embedded stack', '.darkroom')
    .option('--json', 'print one JSON line instead of words')
    .configureOutput({
      outputError: (text, write) =>
        write(`${text.trim().replaceAll('\n', ' ')} (add --help for what there is)\n`),
    })
    .exitOverride();
  for (const add of [
    addDemo,
    addDev,
    addDoctor,
    addEnv,
    addMigrate,
    addWorker,
    addServe,
    addTokens,
    addWebhooks,
    addImport,
    addProcess,
    addShow,
    addReplace,
    addDelete,
    addImages,
    addSearch,
    addSimilar,
    addGenerate,
    addGenerations,
    addBackfill,
    addSweep,
    addFsck,
    addLimits,
    addQueues,
  ]) {
    add(program, context);
  }
  for (const command of everyCommand(program))
    command.exitOverride().copyInheritedSettings(program);
  return program;
}

function everyCommand(command: Command): Command[] {
  return command.commands.flatMap((child) => [child, ...everyCommand(child)]);
}

/** Needed before the program is built: the environment of the stack in that folder comes first. */
function dataOption(argv: string[]): string | undefined {
  const index = argv.indexOf('--data');
  return index === -1 ? argv.find((arg) => arg.startsWith('--data='))?.slice(7) : argv[index + 1];
}

/** One clear line and the exit code; with `--json` the line is JSON. */
function explain(thrown: unknown, json: boolean): ExitCode {
  const error = thrownFirst(thrown);
  // Commander has said what was wrong, or shown the help that was asked for.
  const said = error instanceof CommanderError;
  if (said && error.exitCode === 0) return EXIT.done;
  const message = error instanceof Error ? error.message : String(error);
  const kind = kindOf(error);
  if (json) process.stdout.write(`${JSON.stringify({ error: { kind, message } })}\n`);
  if (!said) process.stderr.write(`${message}\n`);
  return kind === 'InvalidInput' ? EXIT.usage : EXIT.failed;
}

function kindOf(error: unknown): FailureKind {
  if (error instanceof DarkroomError) return error.kind;
  const usage = error instanceof ConfigError || error instanceof CommanderError;
  return usage ? 'InvalidInput' : 'Unexpected';
}
