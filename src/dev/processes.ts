import { execFileSync, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';

/** A process as a later one can recognise it: its id may belong to another program by then. */
export interface KnownProcess {
  pid: number;
  command: string;
}

/** The command line of a process; undefined when it is gone or only waits to be reaped. */
export function commandOf(pid: number): string | undefined {
  try {
    return process.platform === 'linux' ? commandFromProc(pid) : commandFromPs(pid);
  } catch {
    return undefined;
  }
}

function commandFromProc(pid: number): string | undefined {
  // A zombie has an empty command line.
  const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').filter(Boolean);
  return words.length > 0 ? words.join(' ') : undefined;
}

function commandFromPs(pid: number): string | undefined {
  const args = ['-ww', '-o', 'command=', '-p', String(pid)];
  const command = execFileSync('ps', args, { encoding: 'utf8' }).trim();
  return command === '' || command.includes('<defunct>') ? undefined : command;
}

export function knownProcess(pid: number): KnownProcess {
  return { pid, command: commandOf(pid) ?? '' };
}

/** Whether the very process that was noted is still running. */
export function stillRuns({ pid, command }: KnownProcess): boolean {
  return command !== '' && commandOf(pid) === command;
}

/** Ends a child of ours: SIGTERM, after the grace SIGKILL. Resolves when it has ended. */
export async function stopChild(child: ChildProcess, graceMs: number): Promise<void> {
  // Node sends the signal of one that never started to 0, which is everybody in our own group.
  if (child.pid === undefined || hasEnded(child)) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), graceMs);
  await ended;
  clearTimeout(timer);
}

export function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

/** Ends a process that an earlier, killed stack left behind; touches nothing else. */
export async function stopLeftover(known: KnownProcess, graceMs: number): Promise<void> {
  for (const [signal, waitMs] of [
    ['SIGTERM', graceMs],
    ['SIGKILL', 2000],
  ] as const) {
    if (!stillRuns(known)) return;
    signalProcess(known.pid, signal);
    const deadline = Date.now() + waitMs;
    while (stillRuns(known) && Date.now() < deadline) await sleep(50);
  }
}

/** @returns false when there is no such process (any more). */
export function signalProcess(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal);
  } catch {
    return false;
  }
}
