import type { Pixels } from './pixels.js';

/** Rows that a reader holds at once. */
const ROWS_PER_STRIP = 64;

/** Type codes of TIFF fields and the bytes of one value. */
const SHORT = { code: 3, bytes: 2 } as const;
const LONG = { code: 4, bytes: 4 } as const;
const UNDEFINED = { code: 7, bytes: 1 } as const;

interface Field {
  tag: number;
  type: typeof SHORT | typeof LONG | typeof UNDEFINED;
  values: ArrayLike<number>;
}

/**
 * Pixels with a colour profile as an uncompressed TIFF: the plainest file that can hold both, at the
 * price of a copy. It is how pixels that sharp has not decoded itself get to it with their profile.
 */
export function taggedTiff(pixels: Pixels, profile: Buffer | undefined): Buffer {
  const HEADER_BYTES = 8;
  const pixelBytes = pixels.data.byteLength + (pixels.data.byteLength % 2);
  const directory = directoryOf(fieldsOf(pixels, profile, HEADER_BYTES), HEADER_BYTES + pixelBytes);
  const file = Buffer.alloc(HEADER_BYTES + pixelBytes + directory.byteLength);
  file.write('II*\0', 'latin1');
  file.writeUInt32LE(HEADER_BYTES + pixelBytes, 4);
  file.set(pixels.data, HEADER_BYTES);
  file.set(directory, HEADER_BYTES + pixelBytes);
  return file;
}

/** Sorted by tag, as the format asks. */
function fieldsOf(pixels: Pixels, profile: Buffer | undefined, pixelsAt: number): Field[] {
  const { widthPx, heightPx, channels } = pixels;
  const rowBytes = widthPx * channels;
  const strips = Array.from({ length: Math.ceil(heightPx / ROWS_PER_STRIP) }, (_, index) => {
    const firstRow = index * ROWS_PER_STRIP;
    const rows = Math.min(ROWS_PER_STRIP, heightPx - firstRow);
    return { offset: pixelsAt + firstRow * rowBytes, byteCount: rows * rowBytes };
  });
  return [
    { tag: 256, type: LONG, values: [widthPx] },
    { tag: 257, type: LONG, values: [heightPx] },
    { tag: 258, type: SHORT, values: Array<number>(channels).fill(8) },
    { tag: 259, type: SHORT, values: [1] }, // no compression
    { tag: 262, type: SHORT, values: [2] }, // RGB
    { tag: 273, type: LONG, values: strips.map(({ offset }) => offset) },
    { tag: 277, type: SHORT, values: [channels] },
    { tag: 278, type: LONG, values: [ROWS_PER_STRIP] },
    { tag: 279, type: LONG, values: strips.map(({ byteCount }) => byteCount) },
    ...(channels === 4 ? [{ tag: 338, type: SHORT, values: [2] }] : []), // alpha, not premultiplied
    ...(profile ? [{ tag: 34_675, type: UNDEFINED, values: profile }] : []),
  ];
}

/** The table of the fields and, behind it, the values that do not fit into its four bytes. */
function directoryOf(fields: Field[], startsAt: number): Buffer {
  const table = Buffer.alloc(2 + fields.length * 12 + 4);
  table.writeUInt16LE(fields.length, 0);
  const behind: Buffer[] = [];
  let behindAt = startsAt + table.byteLength;
  for (const [index, { tag, type, values }] of fields.entries()) {
    const at = 2 + index * 12;
    const encoded = Buffer.alloc(Math.ceil((values.length * type.bytes) / 4) * 4);
    for (let n = 0; n < values.length; n++) {
      encoded.writeUIntLE(values[n] ?? 0, n * type.bytes, type.bytes);
    }
    table.writeUInt16LE(tag, at);
    table.writeUInt16LE(type.code, at + 2);
    table.writeUInt32LE(values.length, at + 4);
    if (encoded.byteLength === 4) {
      table.set(encoded, at + 8);
    } else {
      table.writeUInt32LE(behindAt, at + 8);
      behind.push(encoded);
      behindAt += encoded.byteLength;
    }
  }
  return Buffer.concat([table, ...behind]);
}
