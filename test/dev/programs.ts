import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** A program of the test's own, as a module. @returns its path. */
export function nodeProgram(folder: string, name: string, source: string): string {
  const path = join(folder, `${name}.mjs`);
  writeFileSync(path, source);
  return path;
}

/** A command as it could lie on PATH. @returns its path. */
export function shellCommand(folder: string, name: string, source: string): string {
  const path = join(folder, name);
  writeFileSync(path, `#!/bin/sh\n${source}\n`);
  chmodSync(path, 0o755);
  return path;
}

/** Starts a program and waits for the first thing that it sends. */
export async function started<T>(
  program: string,
  args: string[] = [],
): Promise<{ child: ChildProcess; message: T }> {
  const child = fork(program, args, { stdio: 'inherit' });
  onTestFinished(() => void child.kill('SIGKILL'));
  const [message] = (await once(child, 'message')) as [T];
  return { child, message };
}
