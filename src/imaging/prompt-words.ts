import type { Figure } from './figures.js';

/** What a word of a prompt is about: the names of places, times of day and figures. */
type Vocabulary<Name extends string> = Readonly<Record<Name, string>>;

export const PLACE_WORDS: Vocabulary<string> = {
  hills: 'hill meadow field farm countryside valley grass garden park village barn horse sheep cow',
  mountains: 'mountain peak alp alpine summit cliff rock rocky glacier volcano canyon castle',
  dunes: 'dune desert sand sandy sahara mars camel arid',
  lake: 'lake river pond swamp canal reflection swan duck',
  bay: 'sea ocean beach coast bay island harbour harbor wave boat ship sail sailing yacht lighthouse water shore port',
  forest: 'forest wood woodland jungle taiga pine rainforest deer wolf fox bear',
};

export const DAYTIME_WORDS: Vocabulary<string> = {
  dawn: 'dawn sunrise morning misty mist fog foggy pastel',
  noon: 'noon day daylight sunny sun bright midday summer',
  dusk: 'dusk sunset evening twilight autumn fire burning warm',
  night:
    'night midnight moon moonlit moonlight star starry dark galaxy space aurora neon nocturnal',
};

export const FIGURE_WORDS: Vocabulary<Figure> = {
  tree: 'tree forest wood woodland jungle pine oak palm park orchard taiga rainforest',
  house: 'house cottage cabin barn farm village home church hut',
  tower: 'city skyline street building tower skyscraper town castle office neon',
  lighthouse: 'lighthouse beacon',
  boat: 'boat ship sail sailing yacht harbour harbor port',
  balloon: 'balloon airship',
  flower: 'flower rose tulip meadow garden blossom sunflower poppy daisy bloom',
  animal:
    'cat dog fox horse wolf deer animal lion tiger cow sheep bear rabbit camel elephant kitten puppy',
  person:
    'person man woman girl boy child portrait astronaut knight robot king queen wizard people',
  bird: 'bird gull eagle crow owl flock swan duck parrot raven',
  planet: 'planet moon sphere ball orb apple orange globe',
  car: 'car truck bus vehicle taxi van',
  stone: 'stone monolith statue rock sculpture vase bottle cup mug',
};

export const CLOUDY = 'cloud cloudy overcast storm stormy rain rainy fog foggy mist misty';
export const CLEAR = 'clear cloudless';
export const COLORLESS = 'monochrome graphite ink sketch noir grayscale greyscale lineart';
export const WASHED = 'watercolour watercolor pastel vintage faded wash';
export const VIVID = 'vivid vibrant neon saturated colourful colorful pixel';

/** In the order in which they stand there, in the singular as far as an s tells. */
export function wordsOf(text: string): string[] {
  return text.toLowerCase().match(/[a-z]+/g) ?? [];
}

/** Those of the names that the words speak of, in the order of the words. */
export function namesAmong<Name extends string>(
  words: readonly string[],
  vocabulary: Vocabulary<Name>,
): Name[] {
  const names = Object.keys(vocabulary) as Name[];
  const spoken = words.flatMap((word) =>
    names.filter((name) => speaksOf([word], vocabulary[name])),
  );
  return [...new Set(spoken)];
}

/** Whether one of the words is in the list. */
export function speaksOf(words: readonly string[], list: string): boolean {
  const known = list.split(' ');
  return words.some((word) => known.includes(word) || known.includes(word.replace(/e?s$/, '')));
}
