import sharp from 'sharp';
import { mixRgb, type Canvas, type Rgb } from './canvas.js';
import type { Scene } from './scene.js';

/** Soil and trees are painted at this width and enlarged. */
const TEXTURE_WIDTH_PX = 640;

interface Ridge {
  color: Rgb;
  /** The first row of the ridge in every column. */
  tops: Int32Array;
  /** How strongly its ground shows: far away everything is smooth. */
  texture: number;
}

/** Ridge behind ridge, the far ones drowned in the colour of the horizon. */
export async function paintLand(canvas: Canvas, scene: Scene): Promise<void> {
  const { data, width, height } = canvas;
  const ground = await groundTexture(canvas, scene);
  const ridges = ridgesOf(canvas, scene);
  const summit = ridges.reduce(
    (top, { tops }) => tops.reduce((a, b) => Math.min(a, b), top),
    height,
  );
  const end = landEnd(canvas, scene);
  // Row by row, the nearest ridge first: a column at a time would miss the cache with every pixel.
  for (let y = summit, at = summit * width * 3; y < end; y++) {
    for (let x = 0; x < width; x++, at += 3) {
      const ridge = ridgeAt(ridges, x, y);
      if (ridge === undefined) continue;
      const { color, tops, texture } = ridge;
      const soil = ((ground[y * width + x] ?? 128) - 128) * texture;
      const shade = 1.1 - Math.min(0.3, (y - (tops[x] ?? 0)) / height) + soil;
      data[at] = color[0] * shade;
      data[at + 1] = color[1] * shade;
      data[at + 2] = color[2] * shade;
    }
  }
}

function ridgeAt(nearestFirst: Ridge[], x: number, y: number): Ridge | undefined {
  for (const ridge of nearestFirst) if (y >= (ridge.tops[x] ?? 0)) return ridge;
  return undefined;
}

function landEnd({ height }: Canvas, { place, horizonY }: Scene): number {
  return place.water ? Math.round(horizonY * height) : height;
}

/** The nearest first. */
function ridgesOf({ width, height }: Canvas, scene: Scene): Ridge[] {
  const { place, daytime, noise, horizonY } = scene;
  return Array.from({ length: place.ridges }, (_, index) => {
    const near = 1 - index / place.ridges;
    const land = mixRgb([0, 0, 0], place.land, daytime.daylight * (1 - 0.4 * near));
    const foot = horizonY + (place.water ? 0 : (near - 0.35) * 0.3);
    const relief = place.relief * (place.water ? 1.1 - 0.8 * near : 1 - 0.5 * near);
    const bumps = (1.6 + 1.8 * near) * (width / height);
    const tops = new Int32Array(width);
    for (let x = 0; x < width; x++) {
      const rise = noise((x / width) * bumps + index * 41, index * 7.3, place.roughness);
      tops[x] = Math.max(0, Math.round((foot - relief * (rise - 0.2)) * height));
    }
    return {
      color: mixRgb(land, daytime.horizon, 0.85 * (1 - near) ** 1.2),
      tops,
      texture: 0.004 * near ** 2,
    };
  });
}

/** One byte a pixel, 128 in the middle; finer towards the horizon, as ground in perspective is. */
async function groundTexture(canvas: Canvas, { noise, horizonY }: Scene): Promise<Uint8Array> {
  const width = Math.min(TEXTURE_WIDTH_PX, canvas.width);
  const height = Math.max(1, Math.round((width * canvas.height) / canvas.width));
  const small = Buffer.alloc(width * height);
  for (let y = 0, at = 0; y < height; y++) {
    const distance = 1 / (0.12 + Math.abs(y / height - horizonY + 0.25));
    for (let x = 0; x < width; x++) {
      const u = (x / width - 0.5) * distance;
      small[at++] = 255 * noise(u * 14 + 90, distance * 22, 4);
    }
  }
  return sharp(small, { raw: { width, height, channels: 1 } })
    .resize(canvas.width, canvas.height, { fit: 'fill', kernel: 'linear' })
    .toColourspace('b-w')
    .raw()
    .toBuffer();
}

/** What stands above the waterline, upside down, darker and broken by waves that grow towards us. */
export function paintWater(canvas: Canvas, scene: Scene): void {
  const { data, width, height } = canvas;
  const { daytime, noise } = scene;
  const shore = landEnd(canvas, scene);
  const deep = mixRgb([6, 26, 40], daytime.zenith, 0.35);
  for (let y = shore; y < height; y++) {
    const depth = (y - shore) / (height - shore);
    const swell = height * 0.05 * depth;
    for (let x = 0, wave = 0; x < width; x++) {
      // Waves are long and flat: every fourth column is plenty.
      if (x % 4 === 0) wave = noise((x / width) * 26, 14 / (depth + 0.06), 2) - 0.5;
      const mirrored = Math.max(
        0,
        Math.min(shore - 1, Math.round(2 * shore - y + wave * swell * 4)),
      );
      const from = (mirrored * width + x) * 3;
      const to = (y * width + x) * 3;
      const murk = 0.16 + 0.4 * depth + wave * 0.25;
      for (let channel = 0; channel < 3; channel++) {
        const light = data[from + channel] ?? 0;
        data[to + channel] = light + ((deep[channel] ?? 0) - light) * murk;
      }
    }
  }
}
