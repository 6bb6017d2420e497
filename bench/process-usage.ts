import { readFileSync, readdirSync } from 'node:fs';

/** Linux counts CPU time in hundredths of a second (`getconf CLK_TCK`). */
const TICKS_PER_SECOND = 100;

interface Usage {
  parent: number;
  /** Of the process itself and of the children that it has waited for. */
  cpuSeconds: number;
}

/** CPU seconds that the processes and everything below them have used so far. Linux only. */
export function cpuSecondsOf(...roots: number[]): number {
  const all = everyProcess();
  return treeOf(all, roots).reduce((sum, pid) => sum + (all.get(pid)?.cpuSeconds ?? 0), 0);
}

/** Memory that belongs to the processes and everything below them, shared pages divided, in MB. */
export function memoryMb(...roots: number[]): number {
  const sizes = treeOf(everyProcess(), roots).map((pid) => {
    const text = readOrEmpty(`/proc/${pid}/smaps_rollup`);
    return Number(/^Pss:\s+(\d+) kB/m.exec(text)?.[1] ?? 0) / 1000;
  });
  return sizes.reduce((sum, size) => sum + size, 0);
}

/** The largest value of `memoryMb` seen between now and the end. */
export function watchMemory(...roots: number[]): { stop(): number } {
  let peak = memoryMb(...roots);
  const timer = setInterval(() => (peak = Math.max(peak, memoryMb(...roots))), 250);
  return {
    stop: () => {
      clearInterval(timer);
      return peak;
    },
  };
}

function treeOf(all: Map<number, Usage>, roots: number[]): number[] {
  const tree = new Set(roots);
  for (let grown = true; grown;) {
    grown = false;
    for (const [pid, { parent }] of all) {
      if (tree.has(parent) && !tree.has(pid)) {
        tree.add(pid);
        grown = true;
      }
    }
  }
  return [...tree];
}

function everyProcess(): Map<number, Usage> {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return new Map(pids.flatMap((name) => usageOf(Number(name))));
}

function usageOf(pid: number): [number, Usage][] {
  const text = readOrEmpty(`/proc/${pid}/stat`);
  if (text === '') return [];
  // The fields behind the name, which may hold blanks: state, parent, ..., CPU ticks at 11 to 14.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
  return [[pid, { parent: Number(fields[1]), cpuSeconds: ticks / TICKS_PER_SECOND }]];
}

function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
