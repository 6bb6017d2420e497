/** Temporal's limit, in bytes of UTF-8; a longer key refuses the whole start. */
const MOST_BYTES = 64;

/** By what Temporal shares work out between owners: as much of the owner's id as a key may hold. */
export function fairnessKey(ownerId: string): string {
  let key = '';
  let bytes = 0;
  for (const character of ownerId) {
    bytes += bytesOf(character.codePointAt(0) ?? 0);
    if (bytes > MOST_BYTES) break;
    key += character;
  }
  return key;
}

function bytesOf(codePoint: number): number {
  if (codePoint < 0x80) return 1;
  if (codePoint < 0x800) return 2;
  return codePoint < 0x10000 ? 3 : 4;
}
