import sharp from 'sharp';
import { DarkroomError } from '../domain/failures.js';
import type { Canvas } from './canvas.js';
import type { Scene } from './scene.js';

/** Little strength changes little: the eye sees a tenth of another picture at once. */
export function paintedShare(strength: number): number {
  return strength * strength * (3 - 2 * strength);
}

/** What lies on a source is lighter or darker than it by so much at least. */
const APART = 1.7;
/** How high its brush strokes are, and how many there are across the shorter side. */
const STROKE = 44;
const STROKES = 150;

/**
 * Lays what was painted over a source, which is cut to the size of the canvas and shows through. Two
 * pictures of soft light are alike in every measure, so the upper one is set apart by light and brush.
 * @throws DarkroomError `NotAnImage`
 */
export async function layOver(
  { data, width, height }: Canvas,
  { noise }: Scene,
  { bytes, share }: { bytes: Buffer; share: number },
): Promise<void> {
  const below = await pixelsOf(bytes, width, height);
  const gain = gainOf(meanOf(data), meanOf(below));
  const scale = STROKES / Math.min(width, height);
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const stroke = (noise(x * scale, y * scale, 1) - 0.5) * STROKE;
      for (const end = at + 3; at < end; at++) {
        const under = below[at] ?? 0;
        data[at] = under + ((data[at] ?? 0) * gain + stroke - under) * share;
      }
    }
  }
}

function gainOf(upper: number, lower: number): number {
  const ratio = upper / Math.max(1, lower);
  if (ratio > APART || ratio < 1 / APART) return 1;
  // Where there is room: what lies on a light picture is dark.
  return (lower > 90 ? 1 / APART : APART) / ratio;
}

function meanOf(data: ArrayLike<number>): number {
  let sum = 0;
  for (let at = 0; at < data.length; at++) sum += data[at] ?? 0;
  return sum / Math.max(1, data.length);
}

function pixelsOf(source: Buffer, width: number, height: number): Promise<Buffer> {
  return sharp(source)
    .autoOrient()
    .resize(width, height, { fit: 'cover' })
    .flatten({ background: 'white' })
    .toColourspace('srgb')
    .removeAlpha()
    .raw()
    .toBuffer()
    .catch((cause: unknown) => {
      const words = 'The picture to begin with cannot be read.';
      throw new DarkroomError('NotAnImage', words, { cause });
    });
}
