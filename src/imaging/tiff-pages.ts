/** Bytes of what a directory consists of, in the two kinds of TIFF. */
const CLASSIC = { count: 2, entry: 12, offset: 4 };
const BIG = { count: 8, entry: 20, offset: 8 };
const BIG_VERSION = 43;

/**
 * How many pages a TIFF has, counted no further than to one more than `most`. They are a chain, which libtiff follows
 * to its end before it reads the first one: 900,000 of them took it 13 s.
 */
export function tiffPagesOf(bytes: Buffer, most: number): number {
  const littleEndian = bytes[0] === 0x49;
  const read = (at: number, size: number): number => {
    // A number of 8 bytes that needs more than 6 leads out of every file.
    const low = littleEndian ? at : at + size - Math.min(size, 6);
    if (at + size > bytes.length) return Infinity;
    return littleEndian
      ? bytes.readUIntLE(low, Math.min(size, 6))
      : bytes.readUIntBE(low, Math.min(size, 6));
  };
  const { count, entry, offset } = read(2, 2) === BIG_VERSION ? BIG : CLASSIC;
  const seen = new Set<number>();
  let at = read(offset, offset);
  while (at !== 0 && at < bytes.length && !seen.has(at) && seen.size <= most) {
    seen.add(at);
    at = read(at + count + read(at, count) * entry, offset);
  }
  return seen.size;
}
