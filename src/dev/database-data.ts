import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { vector } from '@electric-sql/pglite-pgvector';
import { cacheFolder } from './cache-folder.js';

const extensions = { vector };

export interface Data {
  /** A folder, which is made when it is not there; nothing is kept without one. */
  folder?: string;
  /** A dump of a PGlite data folder to begin with; what initdb makes when it is not there. */
  template?: string;
}

/**
 * PGlite with its data. Making a new cluster takes six seconds of two cores, reading one takes one; so
 * the first that is ever made is kept outside the checkout, and later ones begin with a copy of it.
 */
export async function openData({ folder, template }: Data): Promise<PGlite> {
  if (folder !== undefined && existsSync(folder))
    return PGlite.create({ dataDir: folder, extensions });
  const cached = template ?? (await cachedTemplate());
  if (existsSync(cached)) {
    try {
      return await openCopy(new Blob([await readFile(cached)]), folder);
    } catch (error) {
      if (cached === template) throw error;
      // Whatever is wrong with it, the next one is made from nothing.
      await rm(cached, { force: true });
    }
  }
  if (folder !== undefined) await mkdir(dirname(folder), { recursive: true });
  const made = await PGlite.create({ ...(folder && { dataDir: folder }), extensions });
  await keep(made, cached).catch(() => undefined);
  return made;
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

/** A cache that cannot be written costs only time. */
async function keep(made: PGlite, file: string): Promise<void> {
  const dump = await made.dumpDataDir('none');
  const incoming = `${file}.${randomUUID()}`;
  await mkdir(dirname(file), { recursive: true });
  try {
    await writeFile(incoming, Buffer.from(await dump.arrayBuffer()));
    await rename(incoming, file);
  } finally {
    await rm(incoming, { force: true });
  }
}

/** Of this version of PGlite, because another may be another PostgreSQL. */
async function cachedTemplate(): Promise<string> {
  const entry = createRequire(import.meta.url).resolve('@electric-sql/pglite');
  const { version } = JSON.parse(
    await readFile(join(dirname(entry), '..', 'package.json'), 'utf8'),
  ) as { version: string };
  return join(cacheFolder(`pglite-${version}`), 'cluster.tar');
}
