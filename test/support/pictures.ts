import sharp, { type Sharp } from 'sharp';
import { randomNumbers } from '../../src/imaging/noise.js';
import { storedAs } from '../../src/imaging/orientation.js';

export interface Picture {
  widthPx: number;
  heightPx: number;
  format?: 'jpeg' | 'png' | 'webp' | 'avif' | 'gif' | 'tiff';
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
    case 'gif':
      return image.gif({ effort: 1 }).toBuffer();
    case 'tiff':
      return image.tiff({ compression: 'lzw' }).toBuffer();
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

export interface Moving {
  widthPx: number;
  heightPx: number;
  format: 'gif' | 'webp';
  /** One for each frame. */
  colors: string[];
  delaysMs?: number[];
  loop?: number;
  orientation?: number;
}

/** An animation: every frame has a colour of its own, and a black left half. */
export async function moving({ widthPx, heightPx, format, colors, ...options }: Moving) {
  const half = { width: Math.floor(widthPx / 2), height: heightPx, channels: 3 } as const;
  const black = await sharp({ create: { ...half, background: 'black' } })
    .png()
    .toBuffer();
  const frames = await Promise.all(
    colors.map((background) =>
      sharp({ create: { ...half, width: widthPx, background } })
        .composite([{ input: black, left: 0, top: 0 }])
        .removeAlpha()
        .raw()
        .toBuffer(),
    ),
  );
  const { delaysMs: delay = colors.map(() => 80), loop = 0, orientation } = options;
  const raw = { width: widthPx, height: heightPx * colors.length, channels: 3 } as const;
  const image = sharp(Buffer.concat(frames), { raw: { ...raw, pageHeight: heightPx } });
  if (orientation !== undefined) image.withMetadata({ orientation });
  return format === 'gif'
    ? image.gif({ delay, loop, effort: 1 }).toBuffer()
    : image.webp({ delay, loop, lossless: true, effort: 0 }).toBuffer();
}

const D50 = [0.9642, 1, 0.8249];

/** A minimal ICC profile of a display: its primaries in XYZ under D50, and one gamma. */
export function displayProfile(
  primaries: { r: number[]; g: number[]; b: number[] },
  gamma: number,
) {
  const xyz = (values: number[]) => {
    const tag = Buffer.alloc(20);
    tag.write('XYZ ', 'latin1');
    values.forEach((value, index) => tag.writeInt32BE(Math.round(value * 65_536), 8 + index * 4));
    return tag;
  };
  const curve = Buffer.from('curv\0\0\0\0\0\0\0\x01\0\0\0\0', 'latin1');
  curve.writeUInt16BE(Math.round(gamma * 256), 12);
  const tags: [string, Buffer][] = [
    ['wtpt', xyz(D50)],
    ...Object.entries(primaries).map(([name, at]): [string, Buffer] => [`${name}XYZ`, xyz(at)]),
    ...['r', 'g', 'b'].map((name): [string, Buffer] => [`${name}TRC`, curve]),
  ];
  const header = Buffer.alloc(128);
  header.writeUInt32BE(0x02_40_00_00, 8);
  header.write('mntrRGB XYZ ', 12, 'latin1');
  header.write('acsp', 36, 'latin1');
  xyz(D50).copy(header, 68, 8);
  const table = Buffer.alloc(4 + tags.length * 12);
  table.writeUInt32BE(tags.length, 0);
  let offset = header.length + table.length;
  for (const [index, [name, value]] of tags.entries()) {
    table.write(name, 4 + index * 12, 'latin1');
    table.writeUInt32BE(offset, 8 + index * 12);
    table.writeUInt32BE(value.length, 12 + index * 12);
    offset += value.length;
  }
  header.writeUInt32BE(offset, 0);
  return Buffer.concat([header, table, ...tags.map(([, value]) => value)]);
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
