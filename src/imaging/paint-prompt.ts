import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import sharp, { type Sharp } from 'sharp';
import type { ResultFormat } from '../domain/generation.js';
import type { Canvas } from './canvas.js';
import type { AskForRoom, PaintInput, PaintOutput } from './encoder-jobs.js';
import { megapixelsOf } from './megapixel-budget.js';
import { addGrain, paintScene } from './paint.js';
import { layOver, paintedShare } from './paint-over.js';
import { sceneOfPrompt, type Tone } from './prompt-scene.js';
import { paintSubjects } from './subjects.js';
import { writeWholeFile } from './whole-file.js';

/** Photographs have more; a picture from words is cleaner, and its PNG a third smaller. */
const GRAIN = 0.35;

/** Paints into a file, for who must not hold up anything else meanwhile. */
export async function paintPrompt(
  input: PaintInput,
  askForRoom?: AskForRoom,
): Promise<PaintOutput> {
  await askForRoom?.(megapixelsOf(input));
  const { source } = input;
  const bytes = await paintedPicture({
    ...input,
    source: source && { bytes: await readFile(source.path), strength: source.strength },
  });
  await writeWholeFile(input.path, bytes);
  return { sizeBytes: bytes.byteLength };
}

export type Wanted = Omit<PaintInput, 'path' | 'source'> & {
  /** The picture it begins with, in any format that can be read. */
  source?: { bytes: Buffer; strength: number } | undefined;
};

/** What the words of a prompt say, and what they leave open as its seed decides. */
export async function paintedPicture(wanted: Wanted): Promise<Buffer> {
  const { widthPx, heightPx, source } = wanted;
  const seed = seedOf(wanted);
  const promptScene = sceneOfPrompt(wanted, seed);
  const canvas = await paintScene(promptScene.scene, widthPx, heightPx);
  paintSubjects(canvas, promptScene);
  tone(canvas, promptScene.tone);
  const share = source === undefined ? 1 : paintedShare(source.strength);
  if (source !== undefined) await layOver(canvas, promptScene.scene, { ...source, share });
  addGrain(canvas, seed, GRAIN * share);
  return encoded(canvas, wanted.format).toBuffer();
}

function seedOf({ prompt, negativePrompt, style, seed }: Wanted): number {
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
