import { entry } from './exif.js';
import { deflatedZeros } from './deflate.js';
import type { HostileFile } from './hostile-file.js';

const [SHORT, LONG] = [3, 4];
const DEFLATE = 8;

interface Directory {
  widthPx: number;
  heightPx: number;
  compression?: number;
  samples?: number;
  /** Tag, type, count, value; over what is there. */
  more?: [number, number, number, number][];
  /** Where its strip lies, and how long it is. */
  strip: [number, number];
  next?: number;
}

function directory({
  widthPx,
  heightPx,
  compression = 1,
  samples = 1,
  ...rest
}: Directory): Buffer {
  const { more = [], strip, next = 0 } = rest;
  const tags = new Map<number, [number, number, number]>([
    [256, [LONG, 1, widthPx]],
    [257, [LONG, 1, heightPx]],
    [258, [SHORT, 1, 8]],
    [259, [SHORT, 1, compression]],
    [262, [SHORT, 1, 1]],
    [273, [LONG, 1, strip[0]]],
    [277, [SHORT, 1, samples]],
    [278, [LONG, 1, heightPx]],
    [279, [LONG, 1, strip[1]]],
    ...more.map(([tag, ...value]): [number, [number, number, number]] => [tag, value]),
  ]);
  const entries = [...tags].sort(([a], [b]) => a - b).map(([tag, value]) => entry(tag, ...value));
  const head = Buffer.alloc(2);
  head.writeUInt16LE(entries.length, 0);
  const end = Buffer.alloc(4);
  end.writeUInt32LE(next, 0);
  return Buffer.concat([head, ...entries, end]);
}

function tiff(directories: Buffer[], pixels: Buffer = Buffer.alloc(0)): Buffer {
  return Buffer.concat([Buffer.from('II*\0\x08\0\0\0', 'latin1'), ...directories, pixels]);
}

/** Pixels lie behind the only directory, whose size does not depend on where they are. */
function picture(shape: Omit<Directory, 'strip'>, pixels: Buffer): Buffer {
  const at = 8 + directory({ ...shape, strip: [0, 0] }).byteLength;
  return tiff([directory({ ...shape, strip: [at, pixels.byteLength] })], pixels);
}

export function chain(count: number, loops: boolean): Buffer {
  const one = { widthPx: 1, heightPx: 1, strip: [0, 1] } as Directory;
  const size = directory(one).byteLength;
  return tiff(
    Array.from({ length: count }, (_, index) => {
      const next = index + 1 < count ? 8 + (index + 1) * size : loops ? 8 : 0;
      return directory({ ...one, next });
    }),
  );
}

const SMALL = { widthPx: 64, heightPx: 48 };
const black = (widthPx: number, heightPx: number) => Buffer.alloc(widthPx * heightPx);

export const TIFF_FILES: HostileFile[] = [
  {
    name: 'a TIFF whose directory follows itself',
    bytes: () => picture({ ...SMALL, next: 8 }, black(64, 48)),
    ends: 'prepared',
  },
  { name: 'a TIFF of three directories in a ring', bytes: () => chain(3, true), ends: 'prepared' },
  { name: 'a TIFF of 60,000 directories', bytes: () => chain(60_000, false), ends: 'prepared' },
  {
    name: 'a TIFF of 400,000 directories',
    bytes: () => chain(400_000, false),
    ends: 'UnsupportedFormat',
  },
  {
    name: 'a TIFF of four thousand million pixels square',
    bytes: () => picture({ widthPx: 2 ** 32 - 1, heightPx: 2 ** 32 - 1 }, black(10, 10)),
    ends: 'ImageCorrupt',
  },
  {
    name: 'a TIFF of 200,000 pixels square',
    bytes: () => picture({ widthPx: 200_000, heightPx: 200_000 }, black(10, 10)),
    ends: 'TooManyPixels',
  },
  {
    name: 'a small TIFF in tiles of 65,536 pixels square',
    bytes: () => {
      const tiles: Directory['more'] = [
        [322, LONG, 1, 65_536],
        [323, LONG, 1, 65_536],
        [324, LONG, 1, 8],
        [325, LONG, 1, 100],
      ];
      return picture({ ...SMALL, more: tiles }, black(64, 48));
    },
    ends: 'ImageCorrupt',
  },
  {
    name: 'a small TIFF with 65,535 samples a pixel',
    bytes: () => picture({ ...SMALL, samples: 65_535 }, black(64, 48)),
    ends: 'ImageCorrupt',
  },
  {
    name: 'a TIFF with as many pixels as are allowed in one strip of 50 KB',
    bytes: () =>
      picture({ widthPx: 7000, heightPx: 7000, compression: DEFLATE }, deflatedZeros(49_000_000)),
    ends: 'prepared',
  },
  {
    name: 'a small TIFF whose strip inflates to 2 GB',
    bytes: () => picture({ ...SMALL, compression: DEFLATE }, deflatedZeros(2_000_000_000)),
    ends: 'prepared',
  },
  {
    name: 'a TIFF that announces four thousand million strips',
    bytes: () => picture({ ...SMALL, more: [[273, LONG, 0xffffffff, 8]] }, black(64, 48)),
    ends: 'ImageCorrupt',
  },
];
