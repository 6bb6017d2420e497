import sharp, { type Sharp } from 'sharp';
import { randomNumbers } from '../../src/imaging/noise.js';
import { storedAs } from '../../src/imaging/paint.js';

export interface Picture {
  widthPx: number;
  heightPx: number;
  format?: 'jpeg' | 'png' | 'webp' | 'avif';
  /** Stored with this EXIF orientation; width and height are those of the stored pixels. */
  orientation?: number;
  /** Transparent towards the right edge; `opaque` has the channel without using it. */
  alpha?: 'fading' | 'opaque';
  seed?: number;
}

/** Something like a photograph: gradients, edges and noise. The same input gives the same bytes. */
export async function picture(options: Picture): Promise<Buffer> {
  const image = pixels(options);
  if (options.orientation !== undefined) image.withMetadata({ orientation: options.orientation });
  switch (options.format ?? 'jpeg') {
    case 'jpeg':
      return image.jpeg({ quality: 90 }).toBuffer();
    case 'png':
      return image.png({ compressionLevel: 2 }).toBuffer();
    case 'webp':
      return image.webp({ quality: 90, effort: 0 }).toBuffer();
    case 'avif':
      return image.avif({ quality: 80, effort: 0 }).toBuffer();
  }
}

/** The same picture as a sharp pipeline, for what `picture` does not offer. */
export function pixels({ widthPx, heightPx, alpha, seed = 1 }: Picture): Sharp {
  const channels = alpha === undefined ? 3 : 4;
  const data = Buffer.alloc(widthPx * heightPx * channels);
  const random = randomNumbers(seed);
  let at = 0;
  for (let y = 0; y < heightPx; y++) {
    for (let x = 0; x < widthPx; x++) {
      const u = x / widthPx;
      const v = y / heightPx;
      const hill = v > 0.55 + 0.15 * Math.sin(u * 7 + seed) ? 0.45 : 1;
      const noise = random() * 16 - 8;
      data[at++] = clamp((90 + 140 * u) * hill + noise);
      data[at++] = clamp((60 + 120 * v) * hill + noise);
      data[at++] = clamp((200 - 120 * v + 30 * Math.sin(u * 20)) * hill + noise);
      if (alpha !== undefined) data[at++] = alpha === 'opaque' ? 255 : clamp(255 * (1 - u));
    }
  }
  return sharp(data, { raw: { width: widthPx, height: heightPx, channels } });
}

const CORNERS = { topLeft: 'red', topRight: 'lime', bottomLeft: 'blue', bottomRight: 'white' };

/** A JPEG whose four quarters, shown as its EXIF orientation says, are red, lime / blue, white. */
export async function quarters(orientation: number, widthPx: number, heightPx: number) {
  const swapped = orientation >= 5;
  const shown = {
    width: swapped ? heightPx : widthPx,
    height: swapped ? widthPx : heightPx,
  };
  const [halfWidth, halfHeight] = [shown.width / 2, shown.height / 2];
  const quarter = async (background: string, left: number, top: number) => ({
    input: await sharp({
      create: { width: halfWidth, height: halfHeight, channels: 3, background },
    })
      .png()
      .toBuffer(),
    left,
    top,
  });
  const upright = await sharp({ create: { ...shown, channels: 3, background: 'black' } })
    .composite([
      await quarter(CORNERS.topLeft, 0, 0),
      await quarter(CORNERS.topRight, halfWidth, 0),
      await quarter(CORNERS.bottomLeft, 0, halfHeight),
      await quarter(CORNERS.bottomRight, halfWidth, halfHeight),
    ])
    .png()
    .toBuffer();
  return storedAs(sharp(upright), orientation)
    .withMetadata({ orientation })
    .jpeg({ quality: 95, chromaSubsampling: '4:4:4' })
    .toBuffer();
}

function clamp(value: number): number {
  return Math.max(0, Math.min(255, Math.round(value)));
}
