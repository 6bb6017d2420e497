import type { GenerationRequest, GenerationView } from '../../../client.js';

/**
 * What stands in the form, as it was typed: what cannot be read as a number is refused in words like
 * everything else, and shown again.
 */
export type FormFields = Partial<Record<FieldName, string>>;

/** Those of a request by their names, and `size`, which stands for two. */
type FieldName = 'size' | Exclude<keyof GenerationRequest, 'backend' | OnlyElsewhere>;
/** Stands behind the model, as `owner/name:version`. */
type OnlyElsewhere = 'modelVersion';

const TEXTS = [
  'prompt',
  'negativePrompt',
  'style',
  'model',
  'provider',
  'format',
  'sourceImage',
  'ownerId',
] as const;
const NUMBERS = [
  'width',
  'height',
  'seed',
  'steps',
  'guidanceScale',
  'strength',
  'priority',
  'maxAttempts',
  'timeoutSeconds',
] as const;
const NAMES: readonly FieldName[] = [...TEXTS, ...NUMBERS, 'size'];

/** Multiples of 64, which every model takes. */
export const SIZES = {
  '1024x1024': 'Square, 1024 × 1024',
  '1152x768': 'Landscape, 1152 × 768',
  '768x1152': 'Portrait, 768 × 1152',
  '1344x768': 'Wide, 1344 × 768',
  '768x1344': 'Tall, 768 × 1344',
} as const satisfies Record<string, string>;

/** @param form whatever a browser sent */
export function fieldsOf(form: Record<string, unknown>): FormFields {
  const given = NAMES.flatMap((name) => {
    const value = form[name];
    return typeof value === 'string' && value.trim() !== '' ? [[name, value] as const] : [];
  });
  return Object.fromEntries(given);
}

/** Numbers that were typed count more than the size that was chosen. */
export function requestOf(fields: FormFields): GenerationRequest {
  const [width, height] = (fields.size ?? '').split('x');
  const all: FormFields = { ...(width && { width }), ...(height && { height }), ...fields };
  const request: Record<string, unknown> = { prompt: '' };
  for (const name of TEXTS) if (all[name] !== undefined) request[name] = all[name].trim();
  for (const name of NUMBERS) if (all[name] !== undefined) request[name] = amount(all[name].trim());
  // Whoever asks is told what is no number, no style or no provider.
  return request as unknown as GenerationRequest;
}

/** The form that asks for the same again; what is usual is left out. */
export function fieldsAgain(generation: GenerationView, usual: FormFields): FormFields {
  const { width, height } = generation;
  const size = `${width}x${height}`;
  const asked = Object.fromEntries(
    [...TEXTS, ...NUMBERS].flatMap((name) => {
      const value = name === 'model' ? modelOf(generation, usual) : generation[name];
      const text = String(value);
      return value === undefined || text === usual[name] ? [] : [[name, text]];
    }),
  ) as FormFields;
  if (!Object.hasOwn(SIZES, size)) return asked;
  const { width: _width, height: _height, ...others } = asked;
  return { ...others, size };
}

function modelOf({ model, modelVersion }: GenerationView, usual: FormFields): string | undefined {
  if (modelVersion === undefined) return model;
  return [model ?? usual.model, modelVersion].filter(Boolean).join(':');
}

function amount(text: string): number | string {
  return /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text;
}
