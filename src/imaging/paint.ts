import sharp, { type Sharp } from 'sharp';
import { sceneOf, type Rgb, type Scene } from './scene.js';

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
const SKY_WIDTH_PX = 420;
/** Grain repeats after this many pixels, from another place in every row, which no eye finds. */
const GRAIN_LENGTH = 2 ** 16;

interface Canvas {
  data: Uint8ClampedArray;
  width: number;
  height: number;
}

/** A landscape made of nothing but arithmetic, as a JPEG that a camera might have written. */
export async function paintPhoto(photo: PaintedPhoto): Promise<Buffer> {
  const scene = sceneOf(photo.seed);
  const canvas = await paintSky(scene, photo.widthPx, photo.heightPx);
  paintSun(canvas, scene);
  paintStars(canvas, scene);
  paintLand(canvas, scene);
  if (scene.place.water) paintWater(canvas, scene);
  addGrain(canvas, scene);
  const { data, width, height } = canvas;
  const upright = sharp(data, { raw: { width, height, channels: 3 } });
  return storedAs(upright, photo.orientation)
    .withExif({ IFD0: { Make: 'Darkroom', Model: 'Paintbox' } })
    .withMetadata({ orientation: photo.orientation })
    .jpeg({ quality: 90 })
    .toBuffer();
}

async function paintSky(scene: Scene, width: number, height: number): Promise<Canvas> {
  const { daytime, noise, cloudiness } = scene;
  const small = {
    width: SKY_WIDTH_PX,
    height: Math.max(1, Math.round((SKY_WIDTH_PX * height) / width)),
  };
  const pixels = Buffer.alloc(small.width * small.height * 3);
  const sunY = sunHeightOf(scene);
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
      for (let channel = 0; channel < 3; channel++) {
        let value = mix(daytime.zenith[channel], daytime.horizon[channel], depth);
        value = mix(value, daytime.sun[channel], glow);
        const lit = mix(daytime.horizon[channel], 255 * daytime.daylight, 0.4);
        pixels[at++] = Math.min(255, mix(value, lit, Math.min(0.85, cloud)));
      }
    }
  }
  const { data } = await sharp(pixels, { raw: { ...small, channels: 3 } })
    .resize(width, height, { fit: 'fill', kernel: 'cubic' })
    .raw()
    .toBuffer({ resolveWithObject: true });
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
      blend(canvas, centreX + dx, centreY + dy, scene.daytime.sun, Math.min(1, edge));
    }
  }
}

function paintStars(canvas: Canvas, { daytime, random, horizonY }: Scene): void {
  const size = Math.max(1, Math.round(canvas.width / 1600));
  for (let star = 0; star < daytime.stars; star++) {
    const [x, y] = [random() * canvas.width, random() * canvas.height * horizonY];
    const light = 0.25 + 0.75 * random() ** 3;
    for (let n = 0; n < size * size; n++) {
      blend(canvas, x + (n % size), y + Math.floor(n / size), daytime.sun, light);
    }
  }
}

function blend({ data, width, height }: Canvas, x: number, y: number, color: Rgb, by: number): void {
  const [column, row] = [Math.floor(x), Math.floor(y)];
  if (by <= 0 || column < 0 || row < 0 || column >= width || row >= height) return;
  const at = (row * width + column) * 3;
  for (let channel = 0; channel < 3; channel++) {
    data[at + channel] = mix(data[at + channel], color[channel], by);
  }
}

/** Ridge behind ridge, the far ones drowned in the colour of the horizon. */
function paintLand({ data, width, height }: Canvas, scene: Scene): void {
  const { place, daytime, noise } = scene;
  for (let ridge = 0; ridge < place.ridges; ridge++) {
    const near = (ridge + 1) / place.ridges;
    const haze = 0.85 * (1 - near) ** 1.3;
    const color = place.land.map((own, channel) =>
      mix(own * daytime.daylight * (1 - 0.45 * near), daytime.horizon[channel], haze),
    );
    const foot = scene.horizonY + (place.water ? 0 : (near - 0.4) * 0.26);
    const relief = place.relief * (place.water ? 1.1 - 0.75 * near : 1 - 0.45 * near);
    const scale = (1.6 + 2.2 * near) * (width / height);
    for (let x = 0; x < width; x++) {
      const rise = noise((x / width) * scale + ridge * 41, ridge * 7.3, place.roughness);
      const top = Math.max(0, Math.round((foot - relief * (rise - 0.25)) * height));
      const end = place.water ? Math.round(scene.horizonY * height) : height;
      for (let y = top, at = (top * width + x) * 3; y < end; y++, at += width * 3) {
        const shade = 1.12 - (0.34 * (y - top)) / (height * 0.3);
        data[at] = (color[0] ?? 0) * shade;
        data[at + 1] = (color[1] ?? 0) * shade;
        data[at + 2] = (color[2] ?? 0) * shade;
      }
    }
  }
}
