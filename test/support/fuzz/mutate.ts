import { crc32 } from '../hostile/crc32.js';

/** The same numbers for the same seed, from 0 up to 1. */
type Random = () => number;

/** Numbers at which sizes, counts and offsets go wrong. */
const EDGES = [
  ...[0, 1, 2, 7, 8, 16, 100, 127, 128, 255, 256, 4096, 16_383, 32_767, 32_768, 65_535, 65_536],
  ...[2 ** 24, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1],
];

type Mutation = (bytes: Buffer, random: Random, other: Buffer) => Buffer;

/** What stands here more often is done more often. */
const MUTATIONS: Mutation[] = [
  ...[flipBits, flipBits, setBytes, setNumber, setNumber, setNumber],
  ...[cutOff, takeOut, repeat, splice],
];

/**
 * A copy with one to four changes, some of them parts of another file. A PNG mostly gets its checksums
 * mended, because nothing behind a wrong one is read.
 */
export function mutated(original: Buffer, random: Random, other: Buffer): Buffer {
  let bytes = Buffer.from(original);
  for (let left = 1 + below(4, random); left > 0; left--) {
    if (bytes.length === 0) return bytes;
    bytes = Buffer.from(pick(MUTATIONS, random)(bytes, random, other));
  }
  const isPng = bytes.toString('latin1', 1, 4) === 'PNG';
  return isPng && random() < 0.8 ? withChecksums(bytes) : bytes;
}

export function pick<T>(values: readonly T[], random: Random): T {
  return values[below(values.length, random)] as T;
}

function below(limit: number, random: Random): number {
  return Math.floor(random() * limit);
}

/** Headers decide more than pixels, so half of the changes are near the beginning. */
function place(bytes: Buffer, random: Random): number {
  return below(random() < 0.5 ? Math.min(bytes.length, 512) : bytes.length, random);
}

function flipBits(bytes: Buffer, random: Random): Buffer {
  for (let left = 1 + below(8, random); left > 0; left--) {
    const at = place(bytes, random);
    bytes[at] = (bytes[at] ?? 0) ^ (1 << below(8, random));
  }
  return bytes;
}

function setBytes(bytes: Buffer, random: Random): Buffer {
  const at = place(bytes, random);
  return bytes.fill(below(256, random), at, Math.min(bytes.length, at + 1 + below(16, random)));
}

function setNumber(bytes: Buffer, random: Random): Buffer {
  const width = pick([1, 2, 4], random);
  const at = place(bytes, random);
  if (at + width > bytes.length) return bytes;
  const value = pick(EDGES, random) % 2 ** (8 * width);
  if (random() < 0.5) bytes.writeUIntBE(value, at, width);
  else bytes.writeUIntLE(value, at, width);
  return bytes;
}

function cutOff(bytes: Buffer, random: Random): Buffer {
  return bytes.subarray(0, place(bytes, random));
}

function takeOut(bytes: Buffer, random: Random): Buffer {
  const at = place(bytes, random);
  return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + below(64, random))]);
}

function repeat(bytes: Buffer, random: Random): Buffer {
  const at = place(bytes, random);
  const part = bytes.subarray(at, at + 1 + below(256, random));
  const times = 1 + below(random() < 0.1 ? 2000 : 8, random);
  const copies = Array<Buffer>(times).fill(part);
  return Buffer.concat([bytes.subarray(0, at), ...copies, bytes.subarray(at)]);
}

function splice(bytes: Buffer, random: Random, other: Buffer): Buffer {
  const at = place(bytes, random);
  const from = place(other, random);
  const part = other.subarray(from, from + below(512, random));
  return Buffer.concat([bytes.subarray(0, at), part, bytes.subarray(at)]);
}

function withChecksums(png: Buffer): Buffer {
  for (let at = 8; at + 12 <= png.length;) {
    const end = at + 8 + png.readUInt32BE(at);
    if (end + 4 > png.length) break;
    png.writeUInt32BE(crc32(png.subarray(at + 4, end)), end);
    at = end + 4;
  }
  return png;
}
