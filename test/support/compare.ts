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
