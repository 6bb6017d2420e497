import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm, statfs } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { PGlite } from '@electric-sql/pglite';
import { vector } from '@electric-sql/pglite-pgvector';
import { writeWholeFile } from '../imaging/whole-file.js';
import { cacheFolder } from './cache-folder.js';

const extensions = { vector };

/** A segment of the write-ahead log, and something for what it tells of. */
const ROOM_BYTES = 24_000_000;

const REOPEN_MS = { first: 250, longest: 5_000 };

export interface Data {
  /** A folder, which is made when it is not there; nothing is kept without one. */
  folder?: string;
  /** A dump of a PGlite data folder to begin with; what initdb makes when it is not there. */
  template?: string;
}

/**
 * PGlite with its data. Making a new cluster takes six seconds of two cores, reading one takes one; so
 * the first that is ever made is kept outside the checkout, and all begin with a copy of it.
 */
export async function openData({ folder, template }: Data): Promise<PGlite> {
  if (folder !== undefined && existsSync(folder))
    return PGlite.create({ dataDir: folder, extensions });
  if (template !== undefined) return openCopy(await dumpIn(template), folder);
  const cached = await cachedCluster();
  if (existsSync(cached)) {
    try {
      return await openCopy(await dumpIn(cached), folder);
    } catch {
      // Whatever is wrong with it, another one is made.
    }
  }
  return openCopy(await newCluster(cached), folder);
}

/**
 * The data of a session that is lost, in a new one: what was committed is there. As soon as the disk has
 * room for that, because PGlite does not come back from a start that finds none.
 */
export async function reopenData(folder: string): Promise<PGlite> {
  for (let delayMs = REOPEN_MS.first; ; delayMs = Math.min(delayMs * 2, REOPEN_MS.longest)) {
    try {
      const { bavail, bsize } = await statfs(folder);
      if (bavail * bsize >= ROOM_BYTES) return await PGlite.create({ dataDir: folder, extensions });
    } catch (error) {
      console.error(`the database cannot be opened again yet: ${String(error)}`);
    }
    await sleep(delayMs);
  }
}

async function dumpIn(file: string): Promise<Blob> {
  return new Blob([await readFile(file)]);
}

/** A folder has its name only when all of it is there; one process at a time is in a data folder. */
async function openCopy(dump: Blob, folder: string | undefined): Promise<PGlite> {
  if (folder === undefined) return PGlite.create({ loadDataDir: dump, extensions });
  const incoming = `${folder}.incoming`;
  await rm(incoming, { recursive: true, force: true });
  await mkdir(dirname(folder), { recursive: true });
  try {
    const copy = await PGlite.create({ dataDir: incoming, loadDataDir: dump, extensions });
    await copy.close();
    await rename(incoming, folder);
  } catch (error) {
    await rm(incoming, { recursive: true, force: true });
    throw error;
  }
  return PGlite.create({ dataDir: folder, extensions });
}

/** A dump of what initdb makes, kept in the file; a cache that cannot be written costs only time. */
async function newCluster(file: string): Promise<Blob> {
  const made = await PGlite.create({ extensions });
  const dump = await made.dumpDataDir('none');
  await made.close();
  const bytes = new Uint8Array(await dump.arrayBuffer());
  await mkdir(dirname(file), { recursive: true })
    .then(() => writeWholeFile(file, bytes))
    .catch(() => undefined);
  return dump;
}

/** Of this version of PGlite, because another may be another PostgreSQL. */
async function cachedCluster(): Promise<string> {
  const entry = createRequire(import.meta.url).resolve('@electric-sql/pglite');
  const { version } = JSON.parse(
    await readFile(join(dirname(entry), '..', 'package.json'), 'utf8'),
  ) as { version: string };
  return join(cacheFolder(`pglite-${version}`), 'cluster.tar');
}
