import type { Generation } from '../domain/generation.js';
import { styledPrompt } from '../domain/styles.js';

/** A generation as it is shown, and as it is in JSON. */
export interface GenerationView extends Omit<Generation, 'widthPx' | 'heightPx'> {
  /** In pixels. */
  width: number;
  height: number;
  /** What the provider gets: the prompt in the words of its style. */
  styledPrompt: string;
}

export function generationView({ widthPx, heightPx, ...rest }: Generation): GenerationView {
  const { prompt, style } = rest;
  return { ...rest, width: widthPx, height: heightPx, styledPrompt: styledPrompt(prompt, style) };
}
