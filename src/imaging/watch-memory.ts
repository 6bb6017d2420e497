import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';

/** A decoder fills a gigabyte in a second or so: between two looks it cannot grow by much. */
const LOOK_MS = { proc: 50, ps: 1_000 } as const;

/**
 * Looks at the resident memory of a process until it is told not to, and says once when it is above
 * the limit.
 * @returns what ends it
 */
export function watchMemory(
  pid: number,
  limitMb: number,
  onExceeded: (megabytes: number) => void,
): () => void {
  let ended = false;
  let timer: NodeJS.Timeout | undefined;
  const lookLater = () => {
    timer = setTimeout(() => void look(), process.platform === 'linux' ? LOOK_MS.proc : LOOK_MS.ps);
    timer.unref();
  };
  const look = async () => {
    const megabytes = await residentMb(pid);
    if (ended) return;
    if (megabytes <= limitMb) return lookLater();
    ended = true;
    onExceeded(Math.round(megabytes));
  };
  lookLater();
  return () => {
    ended = true;
    clearTimeout(timer);
  };
}

/** 0 when there is no such process any more, or nobody knows. */
async function residentMb(pid: number): Promise<number> {
  if (process.platform === 'linux') {
    const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
    return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) / 1024;
  }
  return new Promise((resolve) => {
    execFile('ps', ['-o', 'rss=', '-p', String(pid)], (_error, stdout) =>
      resolve(Number(stdout.trim()) / 1024 || 0),
    );
  });
}
