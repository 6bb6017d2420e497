const ENTRY_BYTES = 12;
/** What an entry count of 16 bits allows. */
const MAX_ENTRIES = 65_535;

/** A TIFF header and one directory, little-endian. */
function directory(entries: (index: number) => Buffer, count: number, next: number): Buffer {
  const head = Buffer.from('II*\0\x08\0\0\0\0\0', 'latin1');
  head.writeUInt16LE(count, 8);
  const end = Buffer.alloc(4);
  end.writeUInt32LE(next, 0);
  return Buffer.concat([head, ...Array.from({ length: count }, (_, index) => entries(index)), end]);
}

export function entry(tag: number, type: number, count: number, value: number): Buffer {
  const bytes = Buffer.alloc(ENTRY_BYTES);
  bytes.writeUInt16LE(tag, 0);
  bytes.writeUInt16LE(type, 2);
  bytes.writeUInt32LE(count, 4);
  bytes.writeUInt32LE(value, 8);
  return bytes;
}

/**
 * As many entries as fit, and each claims four thousand million values from the beginning on: who
 * believes them reads the whole block once for each.
 */
export function exifStorm(bytes: number): Buffer {
  const count = Math.min(MAX_ENTRIES, Math.floor((bytes - 14) / ENTRY_BYTES));
  const block = directory((index) => entry(index, 1, 0xffffffff, 0), count, 0);
  return Buffer.concat([block, Buffer.alloc(Math.max(0, bytes - block.byteLength))]);
}

const [EXIF_POINTER, GPS_POINTER, INTEROPERABILITY_POINTER, SUB_DIRECTORIES] = [
  0x8769, 0x8825, 0xa005, 0x014a,
];
const LONG = 4;

/** Every pointer leads back to the directory it is in. */
export function exifLoop(): Buffer {
  const pointers = [SUB_DIRECTORIES, EXIF_POINTER, GPS_POINTER, INTEROPERABILITY_POINTER];
  return directory((index) => entry(pointers[index] ?? 0, LONG, 1, 8), pointers.length, 8);
}

/** A chain of directories, each within the one before. */
export function exifDepth(depth: number): Buffer {
  const size = 2 + ENTRY_BYTES + 4;
  const levels = Array.from({ length: depth }, (_, level) => {
    const one = directory(() => entry(EXIF_POINTER, LONG, 1, 8 + (level + 1) * size), 1, 0);
    return one.subarray(8);
  });
  return Buffer.concat([Buffer.from('II*\0\x08\0\0\0', 'latin1'), ...levels]);
}
