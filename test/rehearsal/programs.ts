import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { hasEnded, stopChild } from '../../src/dev/processes.js';

const run = promisify(execFile);
const START_TIMEOUT_MS = 60_000;
/** More than SHUTDOWN_FORCE_SECONDS. */
const STOP_GRACE_MS = 50_000;

export interface Program extends AsyncDisposable {
  readonly pid: number;
}

export interface Programs {
  /** Runs a command to its end and gives the JSON that it prints. */
  json<T>(...args: string[]): Promise<T>;
  /** Starts one that stays up, and resolves when the address answers. */
  start(
    name: string,
    args: string[],
    its: { env?: NodeJS.ProcessEnv; answersAt: string },
  ): Promise<Program>;
}

/** The installed command, with the environment that production would give it. */
export function openPrograms(command: string, env: NodeJS.ProcessEnv, logs: string): Programs {
  return {
    json: async <T>(...args: string[]) => {
      // What finds something ends with a code of its own, and has said what.
      const { stdout } = await run(command, [...args, '--json'], { env }).catch(
        (error: unknown) => {
          if ((error as { stdout?: string }).stdout) return error as { stdout: string };
          throw error;
        },
      );
      const said = JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as T & { error?: unknown };
      if (said.error !== undefined) throw new Error(`${args.join(' ')}: ${stdout}`);
      return said;
    },
    start: async (name, args, { env: own = {}, answersAt }) => {
      const log = openSync(join(logs, `${name}.log`), 'a');
      const child = spawn(command, args, {
        env: { ...env, ...own },
        stdio: ['ignore', log, log],
      });
      closeSync(log);
      await answers(child, answersAt);
      return {
        pid: child.pid as number,
        [Symbol.asyncDispose]: () => stopChild(child, STOP_GRACE_MS),
      };
    },
  };
}

async function answers(child: ChildProcess, url: string): Promise<void> {
  const deadline = Date.now() + START_TIMEOUT_MS;
  const isUp = () =>
    fetch(url).then(
      ({ ok }) => ok,
      () => false,
    );
  while (!(await isUp())) {
    if (hasEnded(child) || Date.now() > deadline) {
      await stopChild(child, 0);
      throw new Error(`${url} does not answer`);
    }
    await sleep(100);
  }
}
