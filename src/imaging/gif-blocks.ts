const EXTENSION = 0x21;
const IMAGE = 0x2c;

/**
 * Whether a GIF ends where one of its blocks does. The decoder shows what there is of a file that was
 * cut off, and an animation would lose its end without a word. A trailer that is missing is no damage:
 * every browser shows such files.
 */
export function isWholeGif(bytes: Buffer): boolean {
  let at: number | undefined = 13 + colorTableBytes(bytes[10]);
  while (at < bytes.length) {
    const kind = bytes[at];
    if (kind === EXTENSION) at = afterSubBlocks(bytes, at + 2);
    else if (kind === IMAGE) at = afterSubBlocks(bytes, at + 11 + colorTableBytes(bytes[at + 9]));
    // The trailer, or bytes behind it that are nobody's.
    else return true;
    if (at === undefined) return false;
  }
  return at === bytes.length;
}

/** Of the table that the packed byte of a screen or an image descriptor announces. */
function colorTableBytes(packed = 0): number {
  return (packed & 0x80) === 0 ? 0 : 3 * 2 ** ((packed & 7) + 1);
}

function afterSubBlocks(bytes: Buffer, start: number): number | undefined {
  let at = start;
  for (let size = bytes[at]; size !== undefined; size = bytes[at]) {
    at += 1 + size;
    if (size === 0) return at;
  }
  return undefined;
}
