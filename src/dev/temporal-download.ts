import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { compiled } from './compiled.js';
import { hasEnded } from './processes.js';

/** A slow line may take minutes; one that delivers nothing for this long is given up. */
const STALLED_MS = 20_000;
const FILE_PREFIX = 'temporal-';

interface Download {
  say: (line: string) => void;
  env: NodeJS.ProcessEnv;
  /** Where the binary goes, whole or not at all. */
  target: string;
  version: string;
  signal?: AbortSignal | undefined;
  /** Replaces the program that downloads, in tests. */
  program?: string;
  stalledMs?: number;
}

/**
 * Lets the SDK download the CLI. The SDK has no way to stop a download, so it runs in a process
 * of its own that is killed when nothing arrives.
 * @returns false when there is no download to be had; the next way is tried then.
 */
export async function downloadTemporal(download: Download): Promise<boolean> {
  const { say, target, version } = download;
  say(`downloading the Temporal server ${version} (about 60 MB, once)`);
  await mkdir(dirname(target), { recursive: true });
  const folder = await mkdtemp(join(dirname(target), 'download-'));
  try {
    await fetchInto(folder, download);
    const file = (await readdir(folder)).find(isWhole);
    if (file === undefined) return false;
    await rename(join(folder, file), target);
    return true;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function fetchInto(folder: string, { env, version, signal, ...options }: Download) {
  const program = options.program ?? compiled('dev/temporal-download-program.js');
  const stalledMs = options.stalledMs ?? STALLED_MS;
  // A group of its own: the program starts the server that it downloaded, and both must go.
  const child = fork(program, [folder, version], { env, detached: true, stdio: 'ignore' });
  const ended = once(child, 'exit');
  const kill = () => killGroup(child.pid);
  signal?.addEventListener('abort', kill);
  let last = { sizeBytes: -1, at: Date.now() };
  const watch = setInterval(() => {
    void sizeOf(folder).then(({ sizeBytes, whole }) => {
      if (sizeBytes !== last.sizeBytes) last = { sizeBytes, at: Date.now() };
      // The SDK can only download in order to start; there is no need to wait for that server.
      if (whole || Date.now() - last.at > stalledMs) kill();
    });
  }, 250);
  try {
    if (!hasEnded(child)) await ended;
  } finally {
    clearInterval(watch);
    signal?.removeEventListener('abort', kill);
    kill();
  }
}

function isWhole(name: string): boolean {
  return name.startsWith(FILE_PREFIX) && !name.endsWith('.downloading');
}

async function sizeOf(folder: string): Promise<{ sizeBytes: number; whole: boolean }> {
  const names = await readdir(folder).catch(() => []);
  const sizes = names.map((name) =>
    stat(join(folder, name)).then(
      ({ size }) => size,
      () => 0,
    ),
  );
  const sizeBytes = (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
  return { sizeBytes, whole: names.some(isWhole) };
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(process.platform === 'win32' ? pid : -pid, 'SIGKILL');
  } catch {
    // Gone already.
  }
}
