import { readFile } from 'node:fs/promises';
import sharp from 'sharp';
import type { HostileFile } from './hostile-file.js';

/** A WebP of one colour, whose pixels take no bits: its size is two numbers of 14 bits. */
async function losslessWebp(widthPx: number, heightPx: number): Promise<Buffer> {
  const webp = await sharp({
    create: { width: 16, height: 16, channels: 3, background: '#7a8090' },
  })
    .webp({ lossless: true, effort: 0 })
    .toBuffer();
  const at = webp.indexOf('VP8L', 0, 'latin1') + 9;
  const rest = webp.readUInt32LE(at) & 0xf0000000;
  webp.writeUInt32LE(((widthPx - 1) | ((heightPx - 1) << 14) | rest) >>> 0, at);
  return webp;
}

/** The same in a canvas that says another size. */
async function webpInCanvas(canvasPx: number, picturePx: number): Promise<Buffer> {
  const simple = await losslessWebp(picturePx, picturePx);
  const canvas = Buffer.alloc(18);
  canvas.write('VP8X', 0, 'latin1');
  canvas.writeUInt32LE(10, 4);
  canvas.writeUIntLE(canvasPx - 1, 12, 3);
  canvas.writeUIntLE(canvasPx - 1, 15, 3);
  const whole = Buffer.concat([simple.subarray(0, 12), canvas, simple.subarray(12)]);
  whole.writeUInt32LE(whole.byteLength - 8, 4);
  return whole;
}

function chunk(type: string, ...content: Buffer[]): Buffer {
  const data = Buffer.concat(content);
  const head = Buffer.alloc(8);
  head.write(type, 0, 'latin1');
  head.writeUInt32LE(data.byteLength, 4);
  return Buffer.concat([head, data, Buffer.alloc(data.byteLength & 1)]);
}

/** A canvas of one pixel that moves. */
function movingWebp(chunks: Buffer): Buffer {
  const canvas = chunk('VP8X', Buffer.from([2, 0, 0, 0, 0, 0, 0, 0, 0, 0]));
  return chunk('RIFF', Buffer.from('WEBP'), canvas, chunk('ANIM', Buffer.alloc(6)), chunks);
}

async function webpFrame(more: Buffer = Buffer.alloc(0)): Promise<Buffer> {
  const picture = (await losslessWebp(1, 1)).subarray(12);
  return chunk('ANMF', Buffer.alloc(16), picture, more);
}

async function webpFrames(count: number): Promise<Buffer> {
  return Buffer.concat(Array<Buffer>(count).fill(await webpFrame()));
}

async function avif(widthPx: number, heightPx: number): Promise<Buffer> {
  const size = { width: widthPx, height: heightPx, channels: 3 } as const;
  return sharp({ create: { ...size, background: '#7a8090' }, limitInputPixels: false })
    .avif({ effort: 0, quality: 30, chromaSubsampling: '4:2:0' })
    .toBuffer();
}

/** What its container says of its size; the pixels know better. */
function claiming(file: Buffer, widthPx: number, heightPx: number): Buffer {
  for (let at = file.indexOf('ispe'); at >= 0; at = file.indexOf('ispe', at + 4)) {
    file.writeUInt32BE(widthPx, at + 8);
    file.writeUInt32BE(heightPx, at + 12);
  }
  return file;
}

function box(type: string, ...content: Buffer[]): Buffer {
  const head = Buffer.alloc(8);
  const data = Buffer.concat(content);
  head.writeUInt32BE(8 + data.byteLength, 0);
  head.write(type, 4, 'latin1');
  return Buffer.concat([head, data]);
}

function numbers(...pairs: [value: number, bytes: 1 | 2 | 4][]): Buffer {
  return Buffer.concat(
    pairs.map(([value, bytes]) => {
      const one = Buffer.alloc(bytes);
      one.writeUIntBE(value, 0, bytes);
      return one;
    }),
  );
}

interface Grid {
  /** What the container says. */
  saysPx: number;
  /** What the grid itself says. */
  gridPx: number;
  rows: number;
}

/** A picture made of tiles, all of which are the same one. */
function avifGrid({ saysPx, gridPx, rows }: Grid): Buffer {
  const version = (value = 0) => numbers([value * 2 ** 24, 4]);
  const [grid, tile] = [1, 2];
  const gridData = numbers([0, 1], [1, 1], [rows - 1, 1], [rows - 1, 1], [gridPx, 4], [gridPx, 4]);
  const item = (id: number, type: string) =>
    box('infe', version(2), numbers([id, 2], [0, 2]), Buffer.from(`${type}\0`, 'latin1'));
  const ispe = (edgePx: number) => box('ispe', version(), numbers([edgePx, 4], [edgePx, 4]));
  const tiles = Array.from({ length: rows * rows }, () => numbers([tile, 2]));
  const refs = box('dimg', numbers([grid, 2], [rows * rows, 2]), ...tiles);
  const locations = numbers([0x44, 1], [0, 1], [1, 2]);
  const where = numbers([grid, 2], [1, 2], [0, 2], [1, 2], [0, 4], [gridData.byteLength, 4]);
  const av1C = box('av1C', Buffer.from([0x81, 0x04, 0x0c, 0x00]));
  const properties = box('ipco', ispe(saysPx), ispe(64), av1C);
  const uses = numbers([2, 4], [grid, 2], [1, 1], [1, 1], [tile, 2], [2, 1], [2, 1], [3, 1]);
  const meta = box(
    'meta',
    version(),
    box('hdlr', version(), numbers([0, 4]), Buffer.from('pict'), Buffer.alloc(13)),
    box('pitm', version(), numbers([grid, 2])),
    box('iloc', version(1), locations, where),
    box('iinf', version(), numbers([2, 2]), item(grid, 'grid'), item(tile, 'av01')),
    box('iref', version(), refs),
    box('iprp', properties, box('ipma', version(), uses)),
    box('idat', gridData),
  );
  return Buffer.concat([box('ftyp', Buffer.from('avif\0\0\0\0avifmif1miaf', 'latin1')), meta]);
}

const HEIC = box('ftyp', Buffer.from('heic\0\0\0\0mif1heic', 'latin1'));

/** A photograph of a telephone, which needs the other decoder. */
const hill = () => readFile(new URL('../../imaging/fixtures/hill.heic', import.meta.url));

function nested(depth: number): Buffer {
  const boxes = Buffer.alloc(depth * 8);
  for (let level = 0; level < depth; level++) {
    boxes.writeUInt32BE((depth - level) * 8, level * 8);
    boxes.write(level === 0 ? 'meta' : 'iprp', level * 8 + 4, 'latin1');
  }
  return boxes;
}

export const CONTAINER_FILES: HostileFile[] = [
  {
    name: 'a WebP of 40 bytes that is 16,383 pixels square',
    bytes: () => losslessWebp(16_383, 16_383),
    ends: 'TooManyPixels',
  },
  {
    name: 'a WebP of 40 bytes that has as many pixels as are allowed',
    bytes: () => losslessWebp(7071, 7071),
    ends: 'prepared',
  },
  {
    name: 'a WebP whose canvas is small and whose picture is 16,383 pixels square',
    bytes: () => webpInCanvas(64, 16_383),
    ends: 'ImageCorrupt',
  },
  {
    name: 'a WebP whose canvas is 16 million pixels square',
    bytes: () => webpInCanvas(2 ** 24, 64),
    ends: 'ImageCorrupt',
  },
  {
    name: 'a WebP of 200,000 frames',
    bytes: async () => movingWebp(await webpFrames(200_000)),
    ends: 'TooManyPixels',
  },
  {
    name: 'a WebP of 200,000 frames, all within the first',
    bytes: async () => movingWebp(await webpFrame(await webpFrames(200_000))),
    ends: 'TooManyPixels',
  },
  {
    name: 'a WebP of six million chunks that nobody knows',
    bytes: async () => {
      const nothing = Array<Buffer>(6_000_000).fill(chunk('none'));
      return movingWebp(Buffer.concat([await webpFrames(2), Buffer.concat(nothing)]));
    },
    ends: 'prepared',
  },
  {
    name: 'an AVIF that says it is 100,000 pixels square',
    bytes: async () => claiming(await avif(64, 48), 100_000, 100_000),
    ends: 'TooManyPixels',
  },
  {
    name: 'an AVIF that says it is small and has 64 megapixels',
    bytes: async () => claiming(await avif(8000, 8000), 64, 48),
    ends: 'ImageCorrupt',
  },
  {
    name: 'an AVIF grid of 60,000 pixels square',
    bytes: () => avifGrid({ saysPx: 60_000, gridPx: 60_000, rows: 10 }),
    ends: 'TooManyPixels',
  },
  {
    name: 'an AVIF grid of 60,000 pixels square that says it is small',
    bytes: () => avifGrid({ saysPx: 64, gridPx: 60_000, rows: 10 }),
    ends: 'ImageCorrupt',
  },
  {
    name: 'an AVIF grid of 60,000 tiles that are not there',
    bytes: () => avifGrid({ saysPx: 7000, gridPx: 7000, rows: 240 }),
    ends: 'ImageCorrupt',
  },
  {
    name: 'a HEIC that says it is 100,000 pixels square',
    bytes: async () => claiming(await hill(), 100_000, 100_000),
    ends: 'TooManyPixels',
  },
  {
    name: 'a HEIC that says it is one pixel',
    bytes: async () => claiming(await hill(), 1, 1),
    ends: 'ImageCorrupt',
  },
  {
    name: 'a HEIC that says it has as many pixels as are allowed',
    bytes: async () => claiming(await hill(), 7000, 7000),
    ends: 'ImageCorrupt',
  },
  {
    name: 'a HEIC whose box claims more bytes than a number holds',
    bytes: () => Buffer.concat([HEIC, numbers([1, 4]), Buffer.from('meta'), Buffer.alloc(8, 0xff)]),
    ends: 'ImageCorrupt',
  },
  {
    name: 'a HEIC whose box has no size',
    bytes: () => Buffer.concat([HEIC, numbers([4, 4]), Buffer.from('meta'), Buffer.alloc(80)]),
    ends: 'ImageCorrupt',
  },
  {
    name: 'a HEIC whose boxes are 100,000 deep',
    bytes: () => Buffer.concat([HEIC, nested(100_000)]),
    ends: 'ImageCorrupt',
  },
  {
    name: 'a HEIC that announces four thousand million items',
    bytes: () =>
      Buffer.concat([
        HEIC,
        box('meta', numbers([0, 4]), box('iinf', numbers([0x01000000, 4], [0xffffffff, 4]))),
      ]),
    ends: 'ImageCorrupt',
  },
];
