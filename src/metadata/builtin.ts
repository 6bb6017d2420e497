import type { Metadata } from '../domain/image.js';
import { chroma, colorName, labOf } from '../domain/color-names.js';
import { fileNameWords } from './file-name-words.js';
import { measuredColors, type DescribablePicture, type MetadataProvider } from './metadata.js';

const MAX_TAGS = 12;
/** More than this many words of a file name are a sentence, and a tag each would drown the rest. */
const MAX_WORD_TAGS = 6;
/** A picture whose colours are all closer to gray than this has none to speak of. */
const COLOURLESS_CHROMA = 0.03;

/** Describes from what is measured and from the file's name. It looks at no pixel and needs no network. */
export function openBuiltinMetadata(): MetadataProvider {
  return {
    source: { provider: 'builtin', model: 'colours-and-words', version: '1' },
    async describe(picture, { signal }) {
      signal?.throwIfAborted();
      return describePicture(picture);
    },
  };
}

function describePicture(picture: DescribablePicture): Metadata {
  const words = fileNameWords(picture.fileName);
  const colors = colorWords(picture);
  const light = lightWord(picture.brightness);
  const shape = shapeWord(picture);
  const monochrome = isMonochrome(picture);
  const category = categoryOf(words, { monochrome, shape });
  const mood = moodOf(picture, monochrome);
  const tags = [
    ...words.slice(0, MAX_WORD_TAGS),
    ...colors,
    shape,
    light,
    ...(monochrome ? ['black and white'] : []),
    category,
    ...cameraTags(picture),
  ];
  return {
    description: sentences(picture, { words, colors, light, shape }),
    tags: [...new Set(tags)].slice(0, MAX_TAGS),
    category,
    dominantColors: measuredColors(picture),
    mood,
  };
}

/** At most three names; two shades with one name count once. */
function colorWords({ colors }: DescribablePicture): string[] {
  const byShare = [...colors].sort((a, b) => b.share - a.share);
  return [...new Set(byShare.map((color) => colorName(color.hex)))].slice(0, 3);
}

function lightWord(brightness: number): string {
  if (brightness < 0.2) return 'dark';
  if (brightness < 0.4) return 'dim';
  if (brightness < 0.65) return 'evenly lit';
  return 'bright';
}

function shapeWord({ widthPx, heightPx }: DescribablePicture): string {
  const ratio = widthPx / heightPx;
  if (ratio >= 2) return 'panorama';
  if (ratio > 1.05) return 'landscape';
  return ratio < 0.95 ? 'portrait' : 'square';
}

function isMonochrome({ colors }: DescribablePicture): boolean {
  return colors.length > 0 && colors.every(({ hex }) => chroma(labOf(hex)) < COLOURLESS_CHROMA);
}

/** What a word of the file name puts a picture under. */
const CATEGORIES: Record<string, readonly string[]> = {
  nature:
    'beach sea ocean coast lake river mountain mountains forest wood tree garden flower flowers snow sunset sunrise sky desert island waterfall valley'.split(
      ' ',
    ),
  city: 'city street harbor harbour bridge building tower station town square skyline church castle market'.split(
    ' ',
  ),
  people: 'people family wedding birthday baby kids children friends team party selfie face'.split(
    ' ',
  ),
  animals: 'cat dog bird horse fish cow sheep butterfly animal zoo'.split(' '),
  food: 'food cake coffee dinner lunch breakfast bread fruit wine pizza soup'.split(' '),
  product: 'product shoe shoes shirt bag watch chair table lamp bottle'.split(' '),
  screen: 'screenshot screen bildschirmfoto capture'.split(' '),
};

function categoryOf(words: string[], look: { monochrome: boolean; shape: string }): string {
  const named = Object.entries(CATEGORIES).find(([, members]) =>
    words.some((word) => members.includes(word)),
  );
  if (named !== undefined) return named[0];
  if (look.monochrome) return 'black and white';
  return look.shape === 'panorama' ? 'panorama' : 'photo';
}

function moodOf({ colors, brightness }: DescribablePicture, monochrome: boolean): string {
  if (monochrome) return brightness < 0.4 ? 'somber' : 'quiet';
  const total = colors.reduce((sum, color) => sum + color.share, 0) || 1;
  const labs = colors.map(({ hex, share }) => ({ ...labOf(hex), share: share / total }));
  const warmth = labs.reduce(
    (sum, lab) => sum + lab.share * (lab.blueToYellow + lab.greenToRed),
    0,
  );
  const vividness = labs.reduce((sum, lab) => sum + lab.share * chroma(lab), 0);

  if (vividness < 0.04) return brightness < 0.4 ? 'subdued' : 'quiet';
  if (brightness < 0.3) return 'dramatic';
  if (vividness > 0.14) return 'lively';
  if (warmth > 0) return brightness > 0.65 ? 'cheerful' : 'warm';
  return brightness > 0.65 ? 'fresh' : 'calm';
}

function cameraTags({ camera }: DescribablePicture): string[] {
  const year = /^\d{4}/.exec(camera?.takenAt ?? '')?.[0];
  return [camera?.make?.trim().toLowerCase(), year].filter(
    (tag) => tag !== undefined && tag !== '',
  ) as string[];
}

function sentences(
  picture: DescribablePicture,
  {
    words,
    colors,
    light,
    shape,
  }: { words: string[]; colors: string[]; light: string; shape: string },
): string {
  const article = /^[aeiou]/.test(light) ? 'An' : 'A';
  const kind = shape === 'panorama' ? 'panorama' : `${shape} picture`;
  const inColors = colors.length === 0 ? '' : `, mostly ${listed(colors)}`;
  return [
    `${article} ${light} ${kind}${inColors}.`,
    ...(words.length === 0 ? [] : [`Its file name says: ${words.join(' ')}.`]),
    ...cameraSentence(picture),
  ].join(' ');
}

function cameraSentence({ camera }: DescribablePicture): string[] {
  if (camera === undefined) return [];
  const { make = '', model = '', focalLengthMm, aperture, iso } = camera;
  // Many models repeat their make: "Canon" and "Canon EOS R5".
  const name = model.startsWith(make) ? model : `${make} ${model}`;
  const facts = [
    name.trim(),
    focalLengthMm === undefined ? '' : `${round(focalLengthMm)} mm`,
    aperture === undefined ? '' : `f/${round(aperture)}`,
    iso === undefined ? '' : `ISO ${iso}`,
  ].filter((fact) => fact !== '');
  return facts.length === 0 ? [] : [`Taken with ${facts.join(', ')}.`];
}

function listed(names: string[]): string {
  const last = names.at(-1) ?? '';
  return names.length < 2 ? last : `${names.slice(0, -1).join(', ')} and ${last}`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
