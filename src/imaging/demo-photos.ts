import { randomNumbers } from './noise.js';
import { paintPhoto } from './paint.js';
import { sceneName, sceneOf } from './scene.js';

export interface DemoPhoto {
  fileName: string;
  bytes: Buffer;
}

/** Width to height of what cameras and telephones take, and their widths in megapixels. */
const SHAPES = [3 / 2, 4 / 3, 16 / 9, 2 / 3, 3 / 4] as const;
const MEGAPIXELS = [3, 5, 8, 12] as const;
/** As telephones write them: mostly upright, some turned, rarely mirrored. */
const ORIENTATIONS = [1, 1, 1, 6, 1, 8, 3, 1, 6, 2] as const;

/** Photographs of 3 to 12 megapixels to try Darkroom with, one at a time, the same for the same seed. */
export async function* paintDemoPhotos(count: number, seed: number): AsyncGenerator<DemoPhoto> {
  const random = randomNumbers(seed);
  for (let number = 1; number <= count; number++) {
    const photoSeed = Math.floor(random() * 2 ** 31);
    const ratio = SHAPES[Math.floor(random() * SHAPES.length)] ?? SHAPES[0];
    const megapixels = MEGAPIXELS[Math.floor(random() * MEGAPIXELS.length)] ?? MEGAPIXELS[0];
    const orientation = ORIENTATIONS[(number - 1) % ORIENTATIONS.length] ?? 1;
    const widthPx = Math.round(Math.sqrt(megapixels * 1e6 * ratio));
    const heightPx = Math.round(widthPx / ratio);
    yield {
      fileName: `${sceneName(sceneOf(photoSeed))}-${String(number).padStart(4, '0')}.jpg`,
      bytes: await paintPhoto({ seed: photoSeed, widthPx, heightPx, orientation }),
    };
  }
}
