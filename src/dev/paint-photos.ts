import { mkdir, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Enough to watch a bar move for a while, few enough to be painted in seconds. */
const PHOTOS = 24;
const SEED = 7;

/** Paints what is not in the folder yet and gives the folder; the same photographs every time. */
export async function paintPhotos(folder: string, say: (line: string) => void): Promise<string> {
  const finished = join(folder, '.painted');
  if (await exists(finished)) return folder;
  say(`painting ${PHOTOS} photographs, about 10 s`);
  await mkdir(folder, { recursive: true });
  const { paintDemoPhotos } = await import('../imaging/demo-photos.js');
  for await (const { fileName, bytes } of paintDemoPhotos(PHOTOS, SEED)) {
    const path = join(folder, fileName);
    await writeFile(`${path}.part`, bytes);
    await rename(`${path}.part`, path);
  }
  await writeFile(finished, '');
  return folder;
}

function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
