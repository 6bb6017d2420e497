import { readdir } from 'node:fs/promises';
import { extname, join, resolve } from 'node:path';
import { paintPhotos } from '../src/dev/paint-photos.js';

const PHOTOGRAPHS = new Set(['.jpg', '.jpeg', '.png', '.webp', '.avif']);

export interface Photos {
  folder: string;
  /** Absolute paths, in order of their names. */
  files: string[];
  painted: boolean;
}

/** The photographs of a folder, or painted ones: real ones are what figures should be quoted of. */
export async function photosFrom(folder: string | undefined, scratch: string): Promise<Photos> {
  const root =
    folder === undefined
      ? await paintPhotos(join(scratch, 'photos'), (line) => console.error(line))
      : resolve(folder);
  const names = (await readdir(root)).filter((name) =>
    PHOTOGRAPHS.has(extname(name).toLowerCase()),
  );
  if (names.length === 0) throw new Error(`There are no photographs in ${root}.`);
  return {
    folder: root,
    files: names.sort().map((name) => join(root, name)),
    painted: folder === undefined,
  };
}
