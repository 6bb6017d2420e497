import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** What a program can say to use up all of its handles, and to have them back. */
const HANDLES = `
  import { closeSync, openSync } from 'node:fs';
  const taken = [];
  const takeHandles = () => { try { for (;;) taken.push(openSync('/dev/null')); } catch {} };
  const giveHandlesBack = () => taken.splice(0).forEach((handle) => closeSync(handle));`;

/**
 * Runs a module that may open only 64 files at once; it knows takeHandles() and giveHandlesBack(). In a
 * group of its own, because a signal that it sends to its group would reach the tests.
 * @returns what it printed, a line each
 */
export async function withFewHandles(source: string): Promise<string[]> {
  const node = [process.execPath, '--input-type=module', '--eval', HANDLES + source];
  const { stdout } = await promisify(execFile)('setsid', ['prlimit', '--nofile=64', ...node]);
  return stdout.trim().split('\n');
}
