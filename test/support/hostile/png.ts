import { crc32 } from './crc32.js';
import { deflatedZeros } from './deflate.js';
import { exifLoop, exifStorm } from './exif.js';
import type { HostileFile } from './hostile-file.js';

const SIGNATURE = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1');

interface Header {
  widthPx: number;
  heightPx: number;
  /** 8 by default. */
  bits?: number;
  /** 0 grey (default), 2 RGB, 6 RGBA. */
  colorType?: number;
  interlaced?: boolean;
}

function chunk(type: string, data: Buffer): Buffer {
  const named = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const whole = Buffer.alloc(8 + named.byteLength);
  whole.writeUInt32BE(data.byteLength, 0);
  named.copy(whole, 4);
  whole.writeUInt32BE(crc32(named), whole.byteLength - 4);
  return whole;
}

function header({ widthPx, heightPx, bits = 8, colorType = 0, interlaced = false }: Header) {
  const data = Buffer.alloc(13);
  data.writeUInt32BE(widthPx, 0);
  data.writeUInt32BE(heightPx, 4);
  data.set([bits, colorType, 0, 0, interlaced ? 1 : 0], 8);
  return chunk('IHDR', data);
}

/** A black picture, with other chunks in front of its pixels. */
function png(shape: Header, more: Buffer[] = [], pixels = deflatedZeros(rawBytes(shape))): Buffer {
  const parts = [SIGNATURE, header(shape), ...more, chunk('IDAT', pixels)];
  return Buffer.concat([...parts, chunk('IEND', Buffer.alloc(0))]);
}

/** Start, step and size of Adam7's passes: x, y, dx, dy. */
const ADAM7 = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
] as const;

/** Rows with their filter bytes, over all passes. */
function rawBytes({ widthPx, heightPx, bits = 8, colorType = 0, interlaced }: Header): number {
  const bitsPerPixel = bits * ({ 2: 3, 6: 4 }[colorType] ?? 1);
  const passes = interlaced ? ADAM7 : ([[0, 0, 1, 1]] as const);
  return passes.reduce((sum, [x, y, dx, dy]) => {
    const width = Math.ceil((widthPx - x) / dx);
    const height = Math.ceil((heightPx - y) / dy);
    return width > 0 && height > 0
      ? sum + height * (1 + Math.ceil((width * bitsPerPixel) / 8))
      : sum;
  }, 0);
}

const SMALL = { widthPx: 64, heightPx: 48 };
const MEGABYTE = 1_000_000;

function profile(bytes: number): Buffer {
  return chunk('iCCP', Buffer.concat([Buffer.from('bomb\0\0', 'latin1'), deflatedZeros(bytes)]));
}

/** So many texts, each of which inflates to just under what libpng takes as one piece. */
function texts(type: 'zTXt' | 'iTXt', count: number): Buffer[] {
  const head = type === 'zTXt' ? 'Comment\0\0' : 'Comment\0\x01\0\0\0';
  const one = chunk(
    type,
    Buffer.concat([Buffer.from(head, 'latin1'), deflatedZeros(7 * MEGABYTE)]),
  );
  return Array<Buffer>(count).fill(one);
}

export const PNG_FILES: HostileFile[] = [
  {
    name: 'a PNG that says it is two thousand million pixels wide and high',
    bytes: () => png({ widthPx: 2 ** 31 - 1, heightPx: 2 ** 31 - 1 }, [], deflatedZeros(1000)),
    ends: 'ImageCorrupt',
  },
  {
    name: 'a PNG of 100,000 pixels square with all of its pixels',
    bytes: () => png({ widthPx: 100_000, heightPx: 100_000, bits: 1 }),
    ends: 'TooManyPixels',
  },
  {
    name: 'a small PNG whose pixels inflate to 2 GB',
    bytes: () => png(SMALL, [], deflatedZeros(2000 * MEGABYTE)),
    ends: 'prepared',
  },
  {
    name: 'a PNG with a colour profile that inflates to 2 GB',
    bytes: () => png(SMALL, [profile(2000 * MEGABYTE)]),
    ends: 'prepared',
  },
  {
    name: 'a PNG with texts that inflate to 7 GB',
    bytes: () => png(SMALL, texts('zTXt', 999)),
    ends: 'prepared',
  },
  {
    name: 'a PNG with international texts that inflate to 7 GB',
    bytes: () => png(SMALL, texts('iTXt', 999)),
    ends: 'prepared',
  },
  {
    name: 'a PNG with half a million tiny chunks',
    bytes: () => png(SMALL, Array<Buffer>(500_000).fill(chunk('tEXt', Buffer.from('a\0b')))),
    ends: 'prepared',
  },
  {
    name: 'the largest PNG that is allowed, interlaced, 16 bits and transparent',
    bytes: () => png({ widthPx: 7071, heightPx: 7071, bits: 16, colorType: 6, interlaced: true }),
    ends: 'prepared',
  },
  {
    name: 'a PNG with an EXIF block of 20 MB in which every entry claims all of it',
    bytes: () => png(SMALL, [chunk('eXIf', exifStorm(20 * MEGABYTE))]),
    ends: 'prepared',
  },
  {
    name: 'a PNG with an EXIF block whose directories lead to each other',
    bytes: () => png(SMALL, [chunk('eXIf', exifLoop())]),
    ends: 'prepared',
  },
  {
    name: 'an animated PNG that announces four thousand million frames',
    bytes: () => png(SMALL, [chunk('acTL', Buffer.alloc(8, 0xff))]),
    ends: 'prepared',
  },
  {
    name: 'a PNG with a zip archive behind it',
    bytes: () =>
      Buffer.concat([png(SMALL), Buffer.from('PK\x03\x04', 'latin1'), Buffer.alloc(5000)]),
    ends: 'prepared',
  },
  {
    name: 'a PNG without pixels',
    bytes: () => png(SMALL, [], Buffer.alloc(0)),
    ends: 'ImageCorrupt',
  },
  {
    name: 'a PNG whose chunk claims four thousand million bytes',
    bytes: () =>
      Buffer.concat([SIGNATURE, header(SMALL), Buffer.from('\xff\xff\xff\xffIDAT', 'latin1')]),
    ends: 'ImageCorrupt',
  },
];
