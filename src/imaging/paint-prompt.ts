import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import sharp, { type Sharp } from 'sharp';
import type { ResultFormat } from '../domain/generation.js';
import type { Canvas } from './canvas.js';
import type { AskForRoom, PaintInput, PaintOutput } from './encoder-jobs.js';
import { megapixelsOf } from './megapixel-budget.js';
import { addGrain, paintScene } from './paint.js';
import { sceneOfPrompt, type Tone } from './prompt-scene.js';
import { paintSubjects } from './subjects.js';
import { writeWholeFile } from './whole-file.js';

/** Photographs have more; a picture from words is cleaner, and its PNG a third smaller. */
const GRAIN = 0.35;

/** Paints what the words of a prompt say, and what they leave open as its seed decides. */
export async function paintPrompt(
  input: PaintInput,
  askForRoom?: AskForRoom,
): Promise<PaintOutput> {
  await askForRoom?.(megapixelsOf(input));
  const { widthPx, heightPx, source } = input;
  const seed = seedOf(input);
  const wanted = sceneOfPrompt(input, seed);
  const canvas = await paintScene(wanted.scene, widthPx, heightPx);
  paintSubjects(canvas, wanted);
  tone(canvas, wanted.tone);
  let share = 1;
  if (source !== undefined) {
    share = paintedShare(source.strength);
    await layOver(canvas, await readFile(source.path), share);
  }
  addGrain(canvas, seed, GRAIN * share);
  const bytes = await encoded(canvas, input.format).toBuffer();
  await writeWholeFile(input.path, bytes);
  return { sizeBytes: bytes.byteLength };
}

function seedOf({ prompt, negativePrompt, style, seed }: PaintInput): number {
  const words = JSON.stringify([prompt, negativePrompt, style, seed]);
  return createHash('sha256').update(words).digest().readInt32BE();
}

/** Black and white, washed out, or in the colour that the prompt is about. */
function tone({ data }: Canvas, { saturation, tint, tintShare }: Tone): void {
  for (let at = 0; at < data.length; at += 3) {
    const [red = 0, green = 0, blue = 0] = [data[at], data[at + 1], data[at + 2]];
    const gray = 0.3 * red + 0.59 * green + 0.11 * blue;
    // A tint keeps what is light and what is dark.
    const under = (tintShare * (96 + gray)) / 224;
    data[at] = (gray + (red - gray) * saturation) * (1 - tintShare) + tint[0] * under;
    data[at + 1] = (gray + (green - gray) * saturation) * (1 - tintShare) + tint[1] * under;
    data[at + 2] = (gray + (blue - gray) * saturation) * (1 - tintShare) + tint[2] * under;
  }
}

/** Little strength changes little: the eye sees a tenth of another picture at once. */
function paintedShare(strength: number): number {
  return strength * strength * (3 - 2 * strength);
}

/** The source, cut to the size of the canvas, shows through what was painted. */
async function layOver({ data, width, height }: Canvas, source: Buffer, share: number) {
  const below = await sharp(source)
    .autoOrient()
    .resize(width, height, { fit: 'cover' })
    .flatten({ background: 'white' })
    .toColourspace('srgb')
    .removeAlpha()
    .raw()
    .toBuffer();
  for (let at = 0; at < data.length; at++) {
    const under = below[at] ?? 0;
    data[at] = under + ((data[at] ?? 0) - under) * share;
  }
}

function encoded({ data, width, height }: Canvas, format: ResultFormat): Sharp {
  const image = sharp(data, { raw: { width, height, channels: 3 } });
  switch (format) {
    case 'png':
      // Grain does not shrink, whatever the effort.
      return image.png({ compressionLevel: 3 });
    case 'jpg':
      return image.jpeg({ quality: 92 });
    case 'webp':
      return image.webp({ quality: 92, effort: 2 });
  }
}
