// One set-up at a time in a checkout: two `npx darkroom` in a fresh clone must not both build it.
import { mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** Longer than any set-up; only matters when a dead holder's process id was given to another. */
const STALE_MS = 20 * 60_000;

/**
 * Runs `work` while holding the lock file, waiting for a holder that is alive.
 * @template T
 * @param {string} file
 * @param {{ onWait: () => void, work: () => Promise<T> }} options
 * @returns {Promise<T>}
 */
export async function withLock(file, { onWait, work }) {
  mkdirSync(dirname(file), { recursive: true });
  for (let waited = false; !take(file); waited = true) {
    if (!waited) onWait();
    removeStale(file);
    await sleep(100);
  }
  const release = () => rmSync(file, { force: true });
  process.once('exit', release);
  try {
    return await work();
  } finally {
    process.off('exit', release);
    release();
  }
}

function take(file) {
  try {
    writeFileSync(file, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  }
}

function removeStale(file) {
  const holder = readHolder(file);
  if (holder === undefined || isHeld(holder)) return;
  // Renamed before it is judged again: of several that wait, one gets the file, and when that
  // file is no longer the one that looked stale, it is given back.
  const aside = `${file}.${process.pid}`;
  try {
    renameSync(file, aside);
    const taken = readHolder(aside);
    if (taken?.pid === holder.pid) rmSync(aside, { force: true });
    else renameSync(aside, file);
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
  }
}

function readHolder(file) {
  try {
    return { pid: Number(readFileSync(file, 'utf8')), ageMs: Date.now() - statSync(file).mtimeMs };
  } catch {
    return undefined;
  }
}

function isHeld({ pid, ageMs }) {
  if (ageMs > STALE_MS) return false;
  // The file is empty for the instant between its creation and its content.
  if (!Number.isInteger(pid) || pid <= 0) return ageMs < 2000;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}
