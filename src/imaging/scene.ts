import type { Rgb } from './canvas.js';
import { randomNumbers, valueNoise, type Noise } from './noise.js';

/** A time of day: its light. */
export interface Daytime {
  name: string;
  zenith: Rgb;
  horizon: Rgb;
  sun: Rgb;
  /** 0 at the horizon, 1 at the top. */
  sunHeight: number;
  /** How much of the land's own colour the light leaves. */
  daylight: number;
  stars: number;
}

/** A kind of landscape. Lengths are fractions of the picture's height. */
export interface Place {
  name: string;
  land: Rgb;
  ridges: number;
  relief: number;
  /** Octaves of the ridge line: 2 is soft, 6 is jagged. */
  roughness: number;
  water: boolean;
}

export const DAYTIMES: readonly [Daytime, ...Daytime[]] = [
  {
    name: 'dawn',
    zenith: [92, 124, 182],
    horizon: [252, 202, 174],
    sun: [255, 226, 190],
    sunHeight: 0.1,
    daylight: 0.6,
    stars: 0,
  },
  {
    name: 'noon',
    zenith: [48, 112, 196],
    horizon: [188, 216, 238],
    sun: [255, 252, 236],
    sunHeight: 0.8,
    daylight: 1,
    stars: 0,
  },
  {
    name: 'dusk',
    zenith: [58, 48, 104],
    horizon: [250, 138, 84],
    sun: [255, 190, 110],
    sunHeight: 0.06,
    daylight: 0.42,
    stars: 0,
  },
  {
    name: 'night',
    zenith: [8, 12, 30],
    horizon: [36, 50, 88],
    sun: [226, 232, 246],
    sunHeight: 0.6,
    daylight: 0.16,
    stars: 350,
  },
];

export const PLACES: readonly [Place, ...Place[]] = [
  { name: 'hills', land: [96, 132, 62], ridges: 5, relief: 0.2, roughness: 3, water: false },
  { name: 'mountains', land: [104, 110, 122], ridges: 5, relief: 0.42, roughness: 6, water: false },
  { name: 'dunes', land: [206, 164, 104], ridges: 4, relief: 0.16, roughness: 2, water: false },
  { name: 'lake', land: [78, 112, 84], ridges: 4, relief: 0.3, roughness: 5, water: true },
  { name: 'bay', land: [92, 98, 104], ridges: 3, relief: 0.14, roughness: 4, water: true },
  { name: 'forest', land: [44, 92, 58], ridges: 5, relief: 0.24, roughness: 6, water: false },
];

export interface Scene {
  place: Place;
  daytime: Daytime;
  /** Both as fractions of the picture; the horizon is where water begins. */
  sunX: number;
  horizonY: number;
  cloudiness: number;
  noise: Noise;
  random: () => number;
}

/** What a seed stands for; equal seeds give the same scene. */
export function sceneOf(seed: number): Scene {
  const random = randomNumbers(seed);
  // The first numbers of neighbouring seeds are alike enough to be seen in a row of pictures.
  for (let skipped = 0; skipped < 8; skipped++) random();
  const place = pick(PLACES, random);
  const daytime = pick(DAYTIMES, random);
  return {
    place: { ...place, land: shift(place.land, random, 26) },
    daytime: {
      ...daytime,
      zenith: shift(daytime.zenith, random, 22),
      horizon: shift(daytime.horizon, random, 16),
    },
    sunX: 0.15 + 0.7 * random(),
    horizonY: place.water ? 0.58 + 0.12 * random() : 0.62 + 0.14 * random(),
    cloudiness: random(),
    noise: valueNoise(random),
    random,
  };
}

/** `lake-at-dusk`: the words of a file name, which is all that a builtin describer can read. */
export function sceneName({ place, daytime }: Scene): string {
  return `${place.name}-at-${daytime.name}`;
}

export function pick<T>(choices: readonly [T, ...T[]], random: () => number): T {
  return choices[Math.floor(random() * choices.length)] ?? choices[0];
}

export function shift([red, green, blue]: Rgb, random: () => number, by: number): Rgb {
  const moved = (value: number) => value + (random() * 2 - 1) * by;
  return [moved(red), moved(green), moved(blue)];
}
