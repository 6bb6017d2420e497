import { colorsAmong } from '../domain/color-query.js';
import { hexOf } from '../domain/color-names.js';
import { mixRgb, type Rgb } from './canvas.js';
import type { PaintInput } from './encoder-jobs.js';
import { FIGURES, type Figure } from './figures.js';
import { randomNumbers, valueNoise } from './noise.js';
import {
  CLEAR,
  CLOUDY,
  COLORLESS,
  DAYTIME_WORDS,
  FIGURE_WORDS,
  namesAmong,
  PLACE_WORDS,
  speaksOf,
  VIVID,
  WASHED,
  wordsOf,
} from './prompt-words.js';
import { DAYTIMES, pick, PLACES, shift, type Daytime, type Place, type Scene } from './scene.js';

/** What a prompt is painted as. */
export interface PromptScene {
  scene: Scene;
  /** At least one. */
  figures: [Figure, ...Figure[]];
  /** Those that were named, in their order. */
  colors: Rgb[];
  tone: Tone;
}

export interface Tone {
  /** 0 gray, 1 as it is. */
  saturation: number;
  tint: Rgb;
  /** How much of a picture its tint is, 0 to 1. */
  tintShare: number;
}

type Words = Pick<PaintInput, 'prompt' | 'negativePrompt' | 'style'>;

/** Place, light, figures and colours are those of the words; the seed decides the rest. */
export function sceneOfPrompt({ prompt, negativePrompt = '', style = '' }: Words, seed: number) {
  const unwanted = wordsOf(negativePrompt);
  const words = wordsOf(prompt).filter((word) => !unwanted.includes(word));
  const random = randomNumbers(seed);
  for (let skipped = 0; skipped < 8; skipped++) random();
  const colors = colorsAmong(words).map(({ name }) => rgbOf(name));
  const place = placeOf(words, unwanted, random);
  const daytime = daytimeOf(words, unwanted, random);
  const scene = sceneOf({ place, daytime, colors, random });
  const described = [...words, ...wordsOf(style)];
  if (speaksOf(described, CLOUDY)) scene.cloudiness = 0.95;
  if (speaksOf(described, CLEAR) || speaksOf(unwanted, CLOUDY)) scene.cloudiness = 0;
  const figures = figuresOf(words, unwanted, random);
  return { scene, figures, colors, tone: toneOf(described, colors) } satisfies PromptScene;
}

function placeOf(words: string[], unwanted: string[], random: () => number): Place {
  const usual = pick(PLACES, random);
  const [named] = namesAmong(words, PLACE_WORDS);
  const avoided = namesAmong(unwanted, PLACE_WORDS);
  return (
    PLACES.find(({ name }) => name === named) ??
    (avoided.includes(usual.name)
      ? (PLACES.find(({ name }) => !avoided.includes(name)) ?? usual)
      : usual)
  );
}

function daytimeOf(words: string[], unwanted: string[], random: () => number): Daytime {
  const usual = pick(DAYTIMES, random);
  const [named] = namesAmong(words, DAYTIME_WORDS);
  const avoided = namesAmong(unwanted, DAYTIME_WORDS);
  return (
    DAYTIMES.find(({ name }) => name === named) ??
    (avoided.includes(usual.name)
      ? (DAYTIMES.find(({ name }) => !avoided.includes(name)) ?? usual)
      : usual)
  );
}

interface Parts {
  place: Place;
  daytime: Daytime;
  colors: Rgb[];
  random: () => number;
}

/** Far more different from seed to seed than demo photographs, which are of one world. */
function sceneOf({ place, daytime, colors, random }: Parts): Scene {
  const [first, second = first] = colors;
  const shifted = {
    land: shift(place.land, random, 40),
    zenith: shift(daytime.zenith, random, 40 * daytime.daylight),
    horizon: shift(daytime.horizon, random, 30 * daytime.daylight),
  };
  const toward = (color: Rgb, named: Rgb | undefined, by: number) =>
    named === undefined ? color : mixRgb(color, named, by);
  return {
    place: {
      ...place,
      land: toward(shifted.land, second, 0.6),
      relief: place.relief * (0.7 + 1.1 * random()),
      ridges: Math.max(2, place.ridges - Math.floor(3 * random())),
    },
    daytime: {
      ...daytime,
      zenith: toward(shifted.zenith, first, 0.3 * daytime.daylight),
      horizon: toward(shifted.horizon, first, 0.5 * daytime.daylight),
      sunHeight: daytime.sunHeight * (0.6 + 0.6 * random()),
    },
    sunX: 0.1 + 0.8 * random(),
    horizonY: place.water ? 0.42 + 0.3 * random() : 0.5 + 0.34 * random(),
    cloudiness: random(),
    noise: valueNoise(random),
    random,
  };
}

/** What is named, three at most; else something, because a picture is of something. */
function figuresOf(
  words: string[],
  unwanted: string[],
  random: () => number,
): PromptScene['figures'] {
  const avoided = namesAmong(unwanted, FIGURE_WORDS);
  const [first, ...more] = namesAmong(words, FIGURE_WORDS).filter((it) => !avoided.includes(it));
  if (first !== undefined) return [first, ...more.slice(0, 2)];
  const names = (Object.keys(FIGURES) as Figure[]).filter((it) => !avoided.includes(it));
  return [names[Math.floor(random() * names.length)] ?? 'stone'];
}

function toneOf(words: string[], colors: Rgb[]): Tone {
  const [tint = [0, 0, 0]] = colors;
  const tintShare = colors.length === 0 ? 0 : 0.28;
  if (speaksOf(words, COLORLESS) || words.join(' ').includes('black and white')) {
    return { saturation: 0, tint, tintShare: 0 };
  }
  if (speaksOf(words, WASHED)) return { saturation: 0.6, tint: [255, 250, 236], tintShare: 0.3 };
  return { saturation: speaksOf(words, VIVID) ? 1.4 : 1, tint, tintShare };
}

function rgbOf(name: string): Rgb {
  const hex = hexOf(name) ?? '#808080';
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));
  return [red, green, blue];
}
