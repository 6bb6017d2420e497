import { constants, deflateRawSync } from 'node:zlib';

const MEGABYTE = 1_000_000;
/** Ends on a byte, so that it can stand behind itself. */
const BLOCK = deflateRawSync(Buffer.alloc(MEGABYTE), { finishFlush: constants.Z_SYNC_FLUSH });
const HEADER = Buffer.from([0x78, 0x9c]);

/** A zlib stream that inflates to so many zeros: a thousandth of it, made without deflating it all. */
export function deflatedZeros(bytes: number): Buffer {
  const blocks = Array<Buffer>(Math.floor(bytes / MEGABYTE)).fill(BLOCK);
  const rest = deflateRawSync(Buffer.alloc(bytes % MEGABYTE));
  const checksum = Buffer.alloc(4);
  // Adler-32 of zeros: the sum stays 1, the sum of sums counts them.
  checksum.writeUInt16BE(bytes % 65_521, 0);
  checksum.writeUInt16BE(1, 2);
  return Buffer.concat([HEADER, ...blocks, rest, checksum]);
}
