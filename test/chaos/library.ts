import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { basename, extname, join, resolve } from 'node:path';
import { picture } from '../support/pictures.js';

const PHOTOGRAPHS = new Set(['.jpg', '.jpeg', '.png', '.webp', '.avif']);
/** Painted ones: some of two tiers, most of three. */
const WIDTHS_PX = [900, 1300, 1700, 2100];
/** As many pictures are painted; further images are copies of them. */
const PAINTED = 40;

export interface ChaosImage {
  fileName: string;
  path: string;
  /** The image of the run without faults that has the same pixels. */
  like: string;
}

/**
 * As many images as are wanted, each in bytes of its own: photographs of a folder or painted ones, and
 * copies of them, which differ in what follows a picture's end and is read by nobody.
 */
export async function makeLibrary(
  folder: string,
  count: number,
  photos: string | undefined,
): Promise<ChaosImage[]> {
  await mkdir(folder, { recursive: true });
  const sources = photos === undefined ? undefined : await photographsIn(photos);
  const distinct = Math.min(count, sources?.length ?? PAINTED);
  const images: ChaosImage[] = [];
  for (let index = 0; index < count; index += 1) {
    const original = images[index % distinct];
    const source = sources?.[index % distinct];
    const extension = source === undefined ? '.jpg' : extname(source);
    const fileName = `${String(index).padStart(4, '0')}-${basename(source ?? 'painted', extension)}${extension}`;
    const path = join(folder, fileName);
    const bytes = await (original && index >= distinct
      ? copyOf(original.path, index)
      : source === undefined
        ? paint(index)
        : readFile(source));
    await writeFile(path, bytes);
    images.push({
      fileName,
      path,
      like: index >= distinct ? (original?.fileName ?? '') : fileName,
    });
  }
  return images;
}

async function photographsIn(folder: string): Promise<string[]> {
  const names = (await readdir(resolve(folder))).sort();
  const files = names.filter((name) => PHOTOGRAPHS.has(extname(name).toLowerCase()));
  if (files.length === 0) throw new Error(`There are no photographs in ${folder}.`);
  return files.map((name) => join(resolve(folder), name));
}

function paint(seed: number): Promise<Buffer> {
  const widthPx = WIDTHS_PX[seed % WIDTHS_PX.length] ?? 900;
  return picture({ widthPx, heightPx: Math.round((widthPx * 2) / 3), seed });
}

async function copyOf(path: string, index: number): Promise<Buffer> {
  return Buffer.concat([await readFile(path), Buffer.from(`copy ${index}`)]);
}
