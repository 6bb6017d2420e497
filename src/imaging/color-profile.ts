import sharp, { type Sharp } from 'sharp';
import type { Pixels } from './pixels.js';
import { taggedTiff } from './tagged-tiff.js';

/** From XYZ under D50, which is what profiles are written in, to linear sRGB. */
const TO_LINEAR_SRGB = [
  [3.1338561, -1.6168667, -0.4906146],
  [-0.9787684, 1.9161415, 0.033454],
  [0.0719453, -0.2289914, 1.4052427],
] as const;

/** Profiles that mean sRGB are written with roundings; Display P3 is off by 0.04 and more. */
const ROUNDING = 0.02;

/**
 * Whether an RGB profile has colours that sRGB has not: one of its primaries needs a negative amount
 * of an sRGB primary. Profiles without primaries (tables, CMYK, grey) and broken ones do not count;
 * what they describe becomes sRGB, which is never wrong, only sometimes narrow.
 */
export function isWiderThanSrgb(profile: Buffer | undefined): boolean {
  if (profile === undefined || profile.toString('latin1', 16, 20) !== 'RGB ') return false;
  const primaries = ['rXYZ', 'gXYZ', 'bXYZ'].map((tag) => xyzOf(profile, tag));
  return primaries.some(
    (xyz) =>
      xyz !== undefined &&
      TO_LINEAR_SRGB.some(([x, y, z]) => x * xyz[0] + y * xyz[1] + z * xyz[2] < -ROUNDING),
  );
}

function xyzOf(profile: Buffer, tag: string): [number, number, number] | undefined {
  try {
    // The count comes from the file, and behind the end of the profile every tag would read as ''.
    const end = Math.min(profile.length, 132 + profile.readUInt32BE(128) * 12);
    for (let at = 132; at < end; at += 12) {
      if (profile.toString('latin1', at, at + 4) !== tag) continue;
      const value = profile.readUInt32BE(at + 4) + 8;
      const fixed = (from: number) => profile.readInt32BE(from) / 2 ** 16;
      return [fixed(value), fixed(value + 4), fixed(value + 8)];
    }
  } catch {
    // It ends before its table does.
  }
  return undefined;
}

let p3: Promise<Buffer> | undefined;

/** The Display P3 profile that sharp carries. */
export function p3Profile(): Promise<Buffer> {
  return (p3 ??= readP3Profile());
}

async function readP3Profile(): Promise<Buffer> {
  const dot = { width: 1, height: 1, channels: 3, background: 'white' } as const;
  const png = await sharp({ create: dot }).withIccProfile('p3').png().toBuffer();
  const { icc } = await sharp(png).metadata();
  if (icc === undefined) throw new Error('sharp has no Display P3 profile');
  return icc;
}

/** A sharp pipeline that begins with pixels whose numbers mean Display P3, and knows it. */
export async function openP3Pixels(pixels: Pixels): Promise<Sharp> {
  // sharp cannot be told the profile of raw pixels, only that of a file.
  return sharp(taggedTiff(pixels, await p3Profile()), { limitInputPixels: false });
}
