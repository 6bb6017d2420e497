import sharp from 'sharp';
import { exifDepth, exifLoop, exifStorm } from './exif.js';
import type { HostileFile } from './hostile-file.js';

const SOI = Buffer.from([0xff, 0xd8]);
const EOI = Buffer.from([0xff, 0xd9]);
const [SOF0, SOF2, DHT, SOS, DQT] = [0xc0, 0xc2, 0xc4, 0xda, 0xdb];
const [APP1, APP2, COMMENT] = [0xe1, 0xe2, 0xfe];

function segment(marker: number, data: Buffer): Buffer {
  const head = Buffer.from([0xff, marker, 0, 0]);
  head.writeUInt16BE(data.byteLength + 2, 2);
  return Buffer.concat([head, data]);
}

function flat(widthPx: number, heightPx: number): Promise<Buffer> {
  const size = { width: widthPx, height: heightPx, channels: 3 } as const;
  return sharp({ create: { ...size, background: '#7a8090' } })
    .jpeg()
    .toBuffer();
}

/** Segments of the picture's head go behind its first marker. */
async function withSegments(...segments: Buffer[]): Promise<Buffer> {
  const jpeg = await flat(64, 48);
  return Buffer.concat([SOI, ...segments, jpeg.subarray(2)]);
}

function markerAt(jpeg: Buffer, marker: number, from = 2): number {
  for (let at = from; at < jpeg.length;) {
    if (jpeg[at + 1] === marker) return at;
    at += 2 + jpeg.readUInt16BE(at + 2);
  }
  throw new Error(`there is no marker ${marker.toString(16)}`);
}

/** Its frame says other sizes than its pixels have. */
async function claiming(widthPx: number, heightPx: number): Promise<Buffer> {
  const jpeg = await flat(64, 48);
  const at = markerAt(jpeg, SOF0);
  jpeg.writeUInt16BE(heightPx, at + 5);
  jpeg.writeUInt16BE(widthPx, at + 7);
  return jpeg;
}

/** From the top bit of a coefficient down to the last: as many passes as the format has for each. */
const PASSES = 14;

interface Scans {
  widthPx: number;
  heightPx: number;
  coefficients: number;
  /** Bytes in front of each scan, to hide it from whoever counts. */
  cover?: Buffer;
}

/**
 * A grey progressive picture that brings each of its coefficients bit by bit. A scan is hundred
 * bytes that say "nothing here", and the decoder walks through every block for it.
 */
export function manyScans({ widthPx, heightPx, coefficients, cover }: Scans): Buffer {
  const frame = Buffer.from([8, 0, 0, 0, 0, 1, 1, 0x11, 0]);
  frame.writeUInt16BE(heightPx, 1);
  frame.writeUInt16BE(widthPx, 3);
  const blocks = Math.ceil(widthPx / 8) * Math.ceil(heightPx / 8);
  // One symbol each, of one bit: no difference (DC), and 16,384 blocks at once without anything (AC).
  const table = (kind: number, symbol: number) =>
    segment(DHT, Buffer.from([kind, 1, ...Buffer.alloc(15), symbol]));
  const scan = (band: number, high: number, low: number, data: Buffer) => {
    const head = segment(SOS, Buffer.from([1, 1, 0, band, band, (high << 4) | low]));
    return Buffer.concat([cover ?? Buffer.alloc(0), head, data]);
  };
  const empty = Buffer.alloc(Math.ceil((Math.ceil(blocks / 16_384) * 15) / 8));
  const scans = Array.from({ length: coefficients * PASSES }, (_, index) => {
    const low = PASSES - 1 - (index % PASSES);
    const high = low === PASSES - 1 ? 0 : low + 1;
    return scan(1 + Math.floor(index / PASSES), high, low, empty);
  });
  const quantization = segment(DQT, Buffer.concat([Buffer.from([0]), Buffer.alloc(64, 1)]));
  const tables = [quantization, table(0x00, 0), table(0x10, 0xe0)];
  const first = scan(0, 0, 0, Buffer.alloc(Math.ceil(blocks / 8)));
  return Buffer.concat([SOI, ...tables, segment(SOF2, frame), first, ...scans, EOI]);
}

function exifSegment(block: Buffer): Buffer {
  return segment(APP1, Buffer.concat([Buffer.from('Exif\0\0', 'latin1'), block]));
}

/** A profile is cut into at most 255 pieces of 64 KB. */
function profileSegments(bytes: number): Buffer[] {
  const pieceBytes = 65_000;
  const count = Math.ceil(bytes / pieceBytes);
  return Array.from({ length: count }, (_, index) => {
    const head = Buffer.from([...Buffer.from('ICC_PROFILE\0', 'latin1'), index + 1, count]);
    return segment(APP2, Buffer.concat([head, Buffer.alloc(pieceBytes, index)]));
  });
}

/** The head of an RGB profile and a count of its tags, of which there is none. */
function profileOfTags(count: number): Buffer {
  const profile = Buffer.alloc(132);
  profile.writeUInt32BE(profile.byteLength, 0);
  profile.write('RGB XYZ ', 16, 'latin1');
  profile.write('acsp', 36, 'latin1');
  profile.writeUInt32BE(count, 128);
  return Buffer.concat([Buffer.from('ICC_PROFILE\0\x01\x01', 'latin1'), profile]);
}

const PAGE = '<!doctype html><script>alert(document.domain)</script>';

const BROAD = { widthPx: 65_500, heightPx: 760 };

export const JPEG_FILES: HostileFile[] = [
  {
    name: 'a JPEG that says it is 65,500 pixels square',
    bytes: () => claiming(65_500, 65_500),
    ends: 'TooManyPixels',
  },
  {
    name: 'a JPEG of a few bytes that says it has as many pixels as are allowed',
    bytes: () => claiming(7000, 7000),
    // Pixels that are missing at the end are grey, as every browser shows it.
    ends: 'prepared',
  },
  { name: 'a JPEG without a height', bytes: () => claiming(64, 0), ends: 'ImageCorrupt' },
  {
    name: 'a progressive JPEG of 65,500 pixels in 71 scans',
    bytes: () => manyScans({ ...BROAD, coefficients: 5 }),
    ends: 'prepared',
  },
  {
    name: 'a progressive JPEG of 65,500 pixels in 883 scans',
    bytes: () => manyScans({ ...BROAD, coefficients: 63 }),
    ends: 'UnsupportedFormat',
  },
  {
    name: 'a progressive JPEG of 65,500 pixels that hides 883 scans behind markers without a length',
    bytes: () => manyScans({ ...BROAD, coefficients: 63, cover: Buffer.from([0xff, 0x01]) }),
    ends: 'UnsupportedFormat',
  },
  {
    name: 'a JPEG with a colour profile of 10 MB',
    bytes: () => withSegments(...profileSegments(10_000_000)),
    ends: 'prepared',
  },
  {
    name: 'a JPEG whose profile announces four thousand million tags',
    bytes: () => withSegments(segment(APP2, profileOfTags(0xffffffff))),
    ends: 'prepared',
  },
  {
    name: 'a JPEG with an EXIF block in which every entry claims all of it',
    bytes: () => withSegments(exifSegment(exifStorm(65_000))),
    ends: 'prepared',
  },
  {
    name: 'a JPEG with 700 such EXIF blocks',
    bytes: () => withSegments(...Array<Buffer>(700).fill(exifSegment(exifStorm(65_000)))),
    ends: 'prepared',
  },
  {
    name: 'a JPEG with EXIF directories that lead to themselves',
    bytes: () => withSegments(exifSegment(exifLoop())),
    ends: 'prepared',
  },
  {
    name: 'a JPEG with EXIF directories 3,000 deep',
    bytes: () => withSegments(exifSegment(exifDepth(3000))),
    ends: 'prepared',
  },
  {
    name: 'a JPEG with 40 MB of comments',
    bytes: () => withSegments(...Array<Buffer>(630).fill(segment(COMMENT, Buffer.alloc(64_000)))),
    ends: 'prepared',
  },
  {
    name: 'a JPEG with 40 MB of fill bytes',
    bytes: async () => {
      const jpeg = await flat(64, 48);
      return Buffer.concat([SOI, Buffer.alloc(40_000_000, 0xff), jpeg.subarray(3)]);
    },
    ends: 'prepared',
  },
  {
    name: 'a JPEG that is a page too',
    bytes: async () => {
      const page = Buffer.from(PAGE);
      return Buffer.concat([await withSegments(segment(COMMENT, page)), page]);
    },
    ends: 'prepared',
  },
];
