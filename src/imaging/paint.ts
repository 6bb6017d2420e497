import sharp from 'sharp';
import { blend, mixRgb, type Canvas } from './canvas.js';
import { paintLand, paintWater } from './landscape.js';
import { randomNumbers } from './noise.js';
import { storedAs } from './orientation.js';
import { sceneOf, type Scene } from './scene.js';

export interface PaintedPhoto {
  /** Decides everything that is seen; the same seed gives the same bytes. */
  seed: number;
  /** As the picture is shown, after orientation. */
  widthPx: number;
  heightPx: number;
  /** EXIF orientation, 1 to 8; the pixels are stored so that a viewer shows them upright. */
  orientation: number;
}

/** The sky has no detail finer than this many columns, so it is painted small and enlarged. */
const SKY_WIDTH_PX = 512;
/** Grain repeats after this many pixels, from another place in every row, which no eye finds. */
const GRAIN_LENGTH = 2 ** 16;

/** A landscape made of nothing but arithmetic, as a JPEG that a camera might have written. */
export async function paintPhoto(photo: PaintedPhoto): Promise<Buffer> {
  const canvas = await paintScene(sceneOf(photo.seed), photo.widthPx, photo.heightPx);
  addGrain(canvas, photo.seed);
  const { data, width, height } = canvas;
  const upright = sharp(data, { raw: { width, height, channels: 3 } });
  return storedAs(upright, photo.orientation)
    .withExif({ IFD0: { Make: 'Darkroom', Model: 'Paintbox' } })
    .withMetadata({ orientation: photo.orientation })
    .jpeg({ quality: 90 })
    .toBuffer();
}

/** Everything but the grain. */
export async function paintScene(scene: Scene, widthPx: number, heightPx: number): Promise<Canvas> {
  const canvas = await paintSky(scene, widthPx, heightPx);
  paintSun(canvas, scene);
  paintStars(canvas, scene);
  await paintLand(canvas, scene);
  if (scene.place.water) paintWater(canvas, scene);
  return canvas;
}

async function paintSky(scene: Scene, width: number, height: number): Promise<Canvas> {
  const { daytime, noise, cloudiness } = scene;
  const small = {
    width: Math.min(SKY_WIDTH_PX, width),
    height: Math.max(1, Math.min(height, Math.round((SKY_WIDTH_PX * height) / width))),
  };
  const pixels = new Uint8ClampedArray(small.width * small.height * 3);
  const sunY = sunHeightOf(scene);
  const white = 255 * daytime.daylight;
  const lit = mixRgb(daytime.horizon, [white, white, white], 0.4);
  for (let y = 0, at = 0; y < small.height; y++) {
    const v = y / small.height;
    const depth = Math.min(1, v / scene.horizonY) ** 1.4;
    for (let x = 0; x < small.width; x++) {
      const u = x / small.width;
      const fromSun = Math.hypot((u - scene.sunX) * (width / height), v - sunY);
      const glow = 0.55 * Math.exp(-fromSun * 5);
      // Clouds lie flatter towards the horizon.
      const density = noise(u * 5, (v * 9) / (0.4 + v), 5);
      const cloud = Math.max(0, density - 0.72 + 0.3 * cloudiness) * 2.4 * (1 - 0.5 * depth);
      const sky = mixRgb(mixRgb(daytime.zenith, daytime.horizon, depth), daytime.sun, glow);
      pixels.set(mixRgb(sky, lit, Math.min(0.85, cloud)), at);
      at += 3;
    }
  }
  const data = await sharp(pixels, { raw: { ...small, channels: 3 } })
    .resize(width, height, { fit: 'fill', kernel: 'linear' })
    .raw()
    .toBuffer();
  return {
    data: new Uint8ClampedArray(data.buffer, data.byteOffset, data.byteLength),
    width,
    height,
  };
}

function sunHeightOf({ horizonY, daytime }: Scene): number {
  return horizonY * (0.95 - 0.8 * daytime.sunHeight);
}

function paintSun(canvas: Canvas, scene: Scene): void {
  const { width, height } = canvas;
  const radius = Math.max(2, height * 0.032);
  const [centreX, centreY] = [scene.sunX * width, sunHeightOf(scene) * height];
  const reach = Math.ceil(radius * 1.3);
  for (let dy = -reach; dy <= reach; dy++) {
    for (let dx = -reach; dx <= reach; dx++) {
      const edge = (radius * 1.15 - Math.hypot(dx, dy)) / (radius * 0.25);
      blend(canvas, [centreX + dx, centreY + dy], scene.daytime.sun, Math.min(1, edge));
    }
  }
}

function paintStars(canvas: Canvas, { daytime, random, horizonY }: Scene): void {
  const size = Math.max(1, Math.round(canvas.width / 1600));
  for (let star = 0; star < daytime.stars; star++) {
    const [x, y] = [random() * canvas.width, random() * canvas.height * horizonY];
    const light = 0.25 + 0.75 * random() ** 3;
    for (let n = 0; n < size * size; n++) {
      blend(canvas, [x + (n % size), y + Math.floor(n / size)], daytime.sun, light);
    }
  }
}

/**
 * Sensor noise; it also hides the steps of a smooth sky.
 * @param strength 1 is that of a photograph
 */
export function addGrain({ data, width, height }: Canvas, seed: number, strength = 1): void {
  const random = randomNumbers(seed);
  const grain = new Int8Array(GRAIN_LENGTH);
  // The sum of three even numbers is nearly a bell.
  for (let n = 0; n < GRAIN_LENGTH; n++)
    grain[n] = (random() + random() + random() - 1.5) * 9 * strength;
  for (let y = 0, at = 0; y < height; y++) {
    let from = Math.floor(random() * GRAIN_LENGTH);
    for (let x = 0; x < width; x++, at += 3) {
      const speck = grain[from++ & (GRAIN_LENGTH - 1)] ?? 0;
      data[at] = (data[at] ?? 0) + speck;
      data[at + 1] = (data[at + 1] ?? 0) + speck;
      data[at + 2] = (data[at + 2] ?? 0) + speck;
    }
  }
}
