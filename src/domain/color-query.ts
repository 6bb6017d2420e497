import { hexOf } from './color-names.js';

/** A colour that is asked for: the word for it, and the shades that answer it, each with its worth. */
export interface WantedColor {
  name: string;
  shades: { name: string; worth: number }[];
}

/** Who asks for a basic colour means its shades too, the nearer ones more. */
const SHADES: Record<string, Record<string, number>> = {
  red: { maroon: 0.6, rust: 0.6, coral: 0.5 },
  orange: { rust: 0.5, gold: 0.5, coral: 0.5, peach: 0.4 },
  yellow: { gold: 0.7, lime: 0.3, cream: 0.3 },
  green: { 'dark green': 0.7, lime: 0.6, sage: 0.6, olive: 0.5, mint: 0.5, teal: 0.4 },
  blue: { navy: 0.7, 'sky blue': 0.7, 'steel blue': 0.7, turquoise: 0.4, teal: 0.4 },
  purple: { lavender: 0.7, magenta: 0.5 },
  pink: { magenta: 0.5, coral: 0.5, peach: 0.4 },
  brown: { 'dark brown': 0.7, rust: 0.5, sand: 0.3 },
  gray: { silver: 0.6, slate: 0.6, charcoal: 0.6 },
  white: { cream: 0.6, silver: 0.3 },
  black: { charcoal: 0.7 },
};

/** Words that people say for a colour that the list has under another name. */
const SYNONYMS: Record<string, string> = {
  grey: 'gray',
  violet: 'purple',
  lilac: 'lavender',
  golden: 'gold',
  crimson: 'red',
  scarlet: 'red',
  burgundy: 'maroon',
  fuchsia: 'magenta',
  cyan: 'turquoise',
  aqua: 'turquoise',
  azure: 'sky blue',
  ivory: 'cream',
  tan: 'sand',
  khaki: 'olive',
};

/** The colours that are named among the words, each once; "sky blue" is one colour and not two. */
export function colorsAmong(words: readonly string[]): WantedColor[] {
  const names: string[] = [];
  for (let at = 0; at < words.length; at += 1) {
    const pair = knownColor(`${words[at]} ${words[at + 1] ?? ''}`);
    const name = pair ?? knownColor(words[at] ?? '');
    if (pair !== undefined) at += 1;
    if (name !== undefined && !names.includes(name)) names.push(name);
  }
  return names.map((name) => ({ name, shades: shadesOf(name) }));
}

/** The list's own word for a colour; nothing for another word. */
function knownColor(word: string): string | undefined {
  const name = Object.hasOwn(SYNONYMS, word) ? SYNONYMS[word] : word;
  return name !== undefined && hexOf(name) !== undefined ? name : undefined;
}

function shadesOf(name: string): WantedColor['shades'] {
  const others = Object.entries(SHADES[name] ?? {});
  return [{ name, worth: 1 }, ...others.map(([shade, worth]) => ({ name: shade, worth }))];
}
