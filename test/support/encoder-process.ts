import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { vi } from 'vitest';

/** From /proc, or from `ps` where there is none. A zombie that nobody reaps is dead. */
async function processOf(pid: number): Promise<{ alive: boolean; cpuSeconds: number }> {
  const gone = { alive: false, cpuSeconds: 0 };
  if (process.platform === 'linux') {
    const status = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
    // The fields behind the name, which may hold blanks: the state first, CPU ticks at 11 and 12.
    const fields = status.slice(status.lastIndexOf(')') + 2).split(' ');
    if (status === '' || fields[0] === 'Z') return gone;
    return { alive: true, cpuSeconds: (Number(fields[11]) + Number(fields[12])) / 100 };
  }
  const columns = ['-o', 'state=,time=', '-p', String(pid)];
  const { stdout } = await promisify(execFile)('ps', columns).catch(() => ({ stdout: 'Z' }));
  const [state = 'Z', time = '0'] = stdout.trim().split(/\s+/);
  const cpuSeconds = time.split(':').reduce((sum, part) => sum * 60 + Number(part), 0);
  return state.startsWith('Z') ? gone : { alive: true, cpuSeconds };
}

export async function isAlive(pid: number): Promise<boolean> {
  return (await processOf(pid)).alive;
}

/** Resolves with the pid when the encoder has burnt as much CPU as only a native encode does. */
export async function inMidEncode(pid: number | undefined): Promise<number> {
  if (pid === undefined) throw new Error('no encoder has started');
  await vi.waitUntil(async () => (await processOf(pid)).cpuSeconds > 0.8, {
    timeout: 30_000,
    interval: 20,
  });
  return pid;
}

export async function isGone(pid: number): Promise<void> {
  await vi.waitUntil(async () => !(await isAlive(pid)), { timeout: 2000, interval: 20 });
}
