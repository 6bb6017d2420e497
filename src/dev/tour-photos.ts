import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The scenes of one tour, all new to the catalog, so that there is something to see again. */
export interface TourPhotos {
  /** Holds `broken` and `more`. */
  folder: string;
  /** A photograph whose file ends in the middle. */
  broken: string;
  /** For the moment when everybody else waits; not in the folder. */
  urgent: { fileName: string; bytes: Buffer };
}

const BROKEN = 'cut-short.jpg';

/** Paints what this start shows into a folder of its own under `root`; no two starts show the same. */
export async function paintForTour(
  root: string,
  { more, signal }: { more: number; signal: AbortSignal },
): Promise<TourPhotos> {
  const starts = await readdir(root).catch(() => []);
  const folder = join(root, String(starts.length + 1));
  await mkdir(folder, { recursive: true });
  const { paintDemoPhotos } = await import('../imaging/demo-photos.js');
  const photos = [];
  for await (const photo of paintDemoPhotos(more + 2, 100 + starts.length)) {
    signal.throwIfAborted();
    photos.push(photo);
  }
  const [cut, urgent, ...whole] = photos;
  if (cut === undefined || urgent === undefined) throw new Error('Nothing was painted.');
  await writeFile(join(folder, BROKEN), cut.bytes.subarray(0, cut.bytes.length / 2));
  for (const { fileName, bytes } of whole) await writeFile(join(folder, fileName), bytes);
  return { folder, broken: BROKEN, urgent };
}
