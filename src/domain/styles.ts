/** Named presets that rewrite a prompt, in the order in which people are shown them. */
export const STYLES = {
  photograph: 'A photograph of {prompt}, natural light, 50 mm lens, fine detail',
  portrait: 'A studio portrait of {prompt}, soft key light, plain background, shallow focus',
  cinematic: 'A film still of {prompt}, wide frame, anamorphic lens, dramatic light',
  watercolour: 'A watercolour painting of {prompt}, loose washes, visible paper grain',
  'oil-painting': 'An oil painting of {prompt}, thick brush strokes on canvas, rich colours',
  'line-art': 'Line art of {prompt}, clean black ink on white paper, no shading',
  'pencil-sketch': 'A pencil sketch of {prompt}, graphite on textured paper, soft hatching',
  'flat-illustration': 'A flat vector illustration of {prompt}, simple shapes, few plain colours',
  'pixel-art': 'Pixel art of {prompt}, 16-bit palette, crisp edges',
  'product-shot': 'A product photograph of {prompt}, seamless white background, soft shadow',
} as const satisfies Record<string, string>;
export type Style = keyof typeof STYLES;

export function isStyle(text: unknown): text is Style {
  return typeof text === 'string' && Object.hasOwn(STYLES, text);
}

/** The prompt as the provider gets it: in the words of its style, or as it is when there is none. */
export function styledPrompt(prompt: string, style?: string): string {
  if (!isStyle(style)) return prompt;
  // A function, because a "$&" of somebody's prompt means nothing here.
  return STYLES[style].replace('{prompt}', () => withoutFullStop(prompt));
}

function withoutFullStop(prompt: string): string {
  return prompt.trim().replace(/[.,;\s]+$/, '');
}
