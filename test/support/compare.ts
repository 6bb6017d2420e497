import sharp from 'sharp';
import { ssim } from 'ssim.js';

/** How alike two encoded images of the same size look: 1 the same, below 0.9 visibly different. */
export async function similarity(one: Buffer, other: Buffer): Promise<number> {
  const [a, b] = await Promise.all([rgba(one), rgba(other)]);
  return ssim(a, b).mssim;
}

async function rgba(image: Buffer) {
  const { data, info } = await sharp(image)
    .toColourspace('srgb')
    .ensureAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { data: new Uint8ClampedArray(data), width: info.width, height: info.height };
}

/** Numbers of red, green and blue in turn, 0 to 255. */
export type Rgb = ArrayLike<number>;

/** What the numbers mean: how much XYZ (under D65) full red, green and blue make, and their curve. */
const SPACES = {
  srgb: {
    toXyz: [
      [0.4124564, 0.3575761, 0.1804375],
      [0.2126729, 0.7151522, 0.072175],
      [0.0193339, 0.119192, 0.9503041],
    ],
    curve: srgbCurve,
  },
  p3: {
    toXyz: [
      [0.48657095, 0.26566769, 0.19821729],
      [0.22897456, 0.69173852, 0.07928691],
      [0, 0.04511338, 1.04394437],
    ],
    curve: srgbCurve,
  },
  adobe: {
    toXyz: [
      [0.5767309, 0.185554, 0.1881852],
      [0.2973769, 0.6273491, 0.0752741],
      [0.0270343, 0.0706872, 0.9911085],
    ],
    curve: (value: number) => value ** 2.19921875,
  },
};
type Space = keyof typeof SPACES;
type Triple = [number, number, number];

/** The mean distance of two pictures in CIELAB: below 1 nobody sees it, 100 is black for white. */
export function colorDifference(
  one: { rgb: Rgb; space: Space },
  other: { rgb: Rgb; space: Space },
): number {
  if (one.rgb.length !== other.rgb.length) throw new Error('the pictures differ in size');
  let sum = 0;
  for (let at = 0; at < one.rgb.length; at += 3) {
    const [a, b] = [labAt(one.rgb, at, one.space), labAt(other.rgb, at, other.space)];
    sum += Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
  }
  return sum / (one.rgb.length / 3);
}

function labAt(rgb: Rgb, at: number, space: Space): Triple {
  const { toXyz, curve } = SPACES[space];
  const light = [0, 1, 2].map((channel) => curve((rgb[at + channel] ?? 0) / 255));
  const white = [0.95047, 1, 1.08883];
  const [x = 0, y = 0, z = 0] = toXyz.map((row, index) => {
    const amount = row.reduce((sum, share, channel) => sum + share * (light[channel] ?? 0), 0);
    const relative = amount / (white[index] ?? 1);
    return relative > 216 / 24_389
      ? Math.cbrt(relative)
      : (relative * 24_389) / 27 / 116 + 16 / 116;
  });
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

function srgbCurve(value: number): number {
  return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
}

/** The numbers of an encoded picture as they are stored, whatever its profile says. */
export async function numbersOf(image: Buffer): Promise<Buffer> {
  return sharp(image, { ignoreIcc: true }).toColourspace('srgb').removeAlpha().raw().toBuffer();
}
