import type { Generation } from './generation.js';

/** In characters, without the ending. */
const LONGEST = 60;

/** The file name of what a prompt became: its first words, as `a-lighthouse-at-dusk.png`. */
export function pictureName({ prompt, format }: Pick<Generation, 'prompt' | 'format'>): string {
  const words = prompt.toLowerCase().match(/[\p{L}\p{M}\p{N}]+/gu) ?? [];
  let name = '';
  for (const word of words) {
    const longer = name === '' ? word : `${name}-${word}`;
    if ([...longer].length > LONGEST) break;
    name = longer;
  }
  return `${name || 'picture'}.${format}`;
}
