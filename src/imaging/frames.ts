import { open, type FileHandle } from 'node:fs/promises';
import sharp, { type Sharp } from 'sharp';
import type { DecodeOptions } from './decode.js';
import type { Animation, PixelFile } from './encoder-jobs.js';
import { shownAs } from './orientation.js';
import { channelsOf, openPixels, rawPixels, type Pixels } from './pixels.js';
import type { ProbedOriginal } from './probe.js';

/** Every frame of an animation, one below the other; width and height are those of one. */
export async function decodeFrames(
  original: ProbedOriginal,
  { frames }: Animation,
  { limits, box }: DecodeOptions,
): Promise<Pixels> {
  const { data, info } = await sharp(original.bytes, {
    animated: true,
    failOn: 'error',
    limitInputPixels: Math.ceil(limits.maxMegapixels * 1e6),
  })
    .toColourspace('srgb')
    .raw()
    .toBuffer({ resolveWithObject: true });
  if (info.pages !== frames) throw new Error('it has fewer frames than its header says');
  const heightPx = info.height / frames;
  const stored = { data, widthPx: info.width, heightPx, channels: channelsOf(info) };
  const { orientation } = original;
  const upright =
    orientation === 1
      ? stored
      : await eachFrame(stored, frames, (frame) => shownAs(frame, orientation));
  if (upright.widthPx <= box.widthPx && upright.heightPx <= box.heightPx) return upright;
  const size = { width: box.widthPx, height: box.heightPx, fit: 'inside' } as const;
  return eachFrame(upright, frames, (frame) => frame.resize(size));
}

/** One frame of a stack, as a view. */
export function frameOf(stack: Pixels, index: number): Pixels {
  const bytes = frameBytes(stack);
  return { ...stack, data: stack.data.subarray(index * bytes, (index + 1) * bytes) };
}

/**
 * The frames of a master at a width, as a stack. One by one, because sharp resizes a stack as one
 * picture, and a frame's edge would take colour from the next; and straight from the file, so that
 * only one frame is held in two sizes.
 */
export async function framesAtWidth(
  master: PixelFile,
  { frames }: Animation,
  widthPx: number,
): Promise<Pixels> {
  await using file = await open(master.path);
  const frame = { ...master, data: Buffer.alloc(frameBytes(master)) };
  let stack: Pixels | undefined;
  for (let index = 0; index < frames; index++) {
    await readFully(file, frame.data, index * frame.data.byteLength);
    const resized = await rawPixels(openPixels(frame).resize({ width: widthPx }));
    stack ??= { ...resized, data: Buffer.alloc(resized.data.byteLength * frames) };
    stack.data.set(resized.data, index * resized.data.byteLength);
  }
  if (stack === undefined) throw new Error('an animation has frames');
  return stack;
}

/** A sharp pipeline that begins with a stack of frames and knows how they are shown. */
export function openFrames(stack: Pixels, { frames }: Animation): Sharp {
  const { data, widthPx: width, heightPx: pageHeight, channels } = stack;
  const raw = { width, height: pageHeight * frames, channels, pageHeight };
  return sharp(data, { raw, limitInputPixels: false });
}

/**
 * Changes every frame of a stack in place; none may grow. What is done to one frame alone cannot
 * take colour from its neighbours.
 */
async function eachFrame(
  stack: Pixels,
  frames: number,
  change: (frame: Sharp) => Sharp,
): Promise<Pixels> {
  let changed = stack;
  for (let index = 0; index < frames; index++) {
    changed = await rawPixels(change(openPixels(frameOf(stack, index))));
    stack.data.set(changed.data, index * changed.data.byteLength);
  }
  return { ...changed, data: stack.data.subarray(0, changed.data.byteLength * frames) };
}

function frameBytes({ widthPx, heightPx, channels }: Omit<Pixels, 'data'>): number {
  return widthPx * heightPx * channels;
}

async function readFully(file: FileHandle, into: Buffer, position: number): Promise<void> {
  const { bytesRead } = await file.read(into, { position });
  if (bytesRead !== into.byteLength) throw new Error('the working master ends too early');
}
