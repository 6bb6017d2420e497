import type { Command } from 'commander';
import type { Darkroom } from '../client.js';
import { loadConfig } from '../config/config.js';
import type { Run } from '../domain/runs.js';
import { openPrint, type Print } from './print.js';

/** Exit codes that scripts can rely on. */
export const EXIT = { done: 0, failed: 1, usage: 2, finishedWithFailures: 3 } as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** What every command gets: the environment (with that of a running stack), and where it prints. */
export interface CommandContext {
  env: NodeJS.ProcessEnv;
  /** The environment alone, for those who start a stack. */
  ownEnv: NodeJS.ProcessEnv;
  /** Folder of the embedded stack. */
  dataDir: string;
  setExit(code: ExitCode): void;
}

/**
 * For commands that start servers and a worker, which would find out one after the other.
 * @throws ConfigError that lists every problem of the environment
 */
export function checkOwnEnvironment({ ownEnv }: CommandContext): void {
  loadConfig({ ...ownEnv, DATABASE_URL: ownEnv.DATABASE_URL || 'postgres://of-our-own' });
}

/** Loaded late: Temporal's client takes most of a second of CPU, and whoever asks for help needs none. */
export function loadClient() {
  return import('../client.js');
}

export function loadStack() {
  return import('../dev/stack.js');
}

/** Runs a command with a client and closes it. */
export async function withDarkroom(
  context: CommandContext,
  command: Command,
  action: (darkroom: Darkroom, print: Print) => Promise<ExitCode | undefined>,
): Promise<void> {
  const print = openPrint(command.optsWithGlobals<{ json?: boolean }>());
  const { openDarkroom } = await loadClient();
  await using darkroom = await openDarkroom(context.env);
  context.setExit((await action(darkroom, print)) ?? EXIT.done);
}

/** What a run that was waited for means to a script. */
export function exitOf({ status }: Run): ExitCode {
  switch (status) {
    case 'succeeded':
      return EXIT.done;
    case 'succeeded_with_failures':
      return EXIT.finishedWithFailures;
    case 'running':
    case 'paused':
    case 'failed':
    case 'cancelled':
      return EXIT.failed;
  }
}
