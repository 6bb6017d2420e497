import sharp, { type OutputInfo, type Sharp } from 'sharp';

/** Uncompressed 8-bit pixels in memory, rows top to bottom, without padding. */
export interface Pixels {
  data: Buffer;
  widthPx: number;
  heightPx: number;
  channels: 3 | 4;
}

/** A sharp pipeline that begins with these pixels, taken for sRGB. */
export function openPixels({ data, widthPx: width, heightPx: height, channels }: Pixels): Sharp {
  // The limits were checked on the original; these pixels are ours.
  return sharp(data, { raw: { width, height, channels }, limitInputPixels: false });
}

export async function rawPixels(image: Sharp): Promise<Pixels> {
  const { data, info } = await image.raw().toBuffer({ resolveWithObject: true });
  return { data, widthPx: info.width, heightPx: info.height, channels: channelsOf(info) };
}

export function channelsOf({ channels }: Pick<OutputInfo, 'channels'>): 3 | 4 {
  if (channels === 3 || channels === 4) return channels;
  throw new Error(`sRGB pixels have 3 or 4 channels, not ${channels}`);
}

/** The whole picture within a square of that edge, never enlarged. */
export function shrink(pixels: Pixels, edgePx: number): Promise<Pixels> {
  const box = { width: edgePx, height: edgePx, fit: 'inside', withoutEnlargement: true } as const;
  return rawPixels(openPixels(pixels).resize(box));
}

/**
 * Drops an alpha channel that is opaque everywhere: every encoder works less and files shrink. The
 * colours move together in place, because a stack of frames is large; `data` is used up.
 */
export function withoutIdleAlpha<T extends Pixels>(pixels: T): T {
  const { data, channels } = pixels;
  if (channels === 3) return pixels;
  for (let at = 3; at < data.length; at += 4) if (data[at] !== 255) return pixels;
  let to = 0;
  for (let from = 0; from < data.length; from += 4) {
    data[to++] = data[from] ?? 0;
    data[to++] = data[from + 1] ?? 0;
    data[to++] = data[from + 2] ?? 0;
  }
  return { ...pixels, data: data.subarray(0, to), channels: 3 };
}
