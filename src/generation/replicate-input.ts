import { createHash } from 'node:crypto';
import { DarkroomError } from '../domain/failures.js';
import type { PicturePlan } from '../domain/generation.js';
import type { PredictionOrder, SourcePicture } from './generation.js';
import type { ModelForm } from './replicate-models.js';

/** Larger ones must be at an address; Replicate says so, and refuses them. */
const MAX_DATA_URL_BYTES = 256_000;

/** The input of a prediction in the words of its model, without the picture that it begins with. */
export function inputOf(order: PredictionOrder, form: ModelForm): Record<string, unknown> {
  const { plan } = order;
  const { prompt, negativePrompt, steps, guidanceScale, strength, format } = plan;
  const wanted = form.format?.values;
  return {
    prompt,
    ...form.always,
    ...sizeOf(plan, form),
    ...named(form.negativePrompt, negativePrompt),
    ...named(form.steps?.field, steps && form.steps && Math.min(steps, form.steps.most)),
    ...named(form.guidance, guidanceScale),
    ...named(form.seed, plan.seed ?? seedOf(order)),
    ...named(form.format?.field, wanted?.[format] ?? wanted?.png),
    ...named(
      form.strength?.field,
      order.source && strength !== undefined && form.strength?.means === 'kept'
        ? 1 - strength
        : order.source && strength,
    ),
  };
}

/** @throws DarkroomError `ProviderRefused` when the model begins with none; `FileTooLarge` */
export async function imageInput(
  source: SourcePicture | undefined,
  { image }: ModelForm,
): Promise<Record<string, unknown>> {
  if (source === undefined) return {};
  if (image === undefined) {
    const words = 'This model makes pictures from words only, not from another picture.';
    throw new DarkroomError('ProviderRefused', words);
  }
  const address = source.url ?? (await dataUrl(source));
  return { [image.field]: image.array ? [address] : address };
}

async function dataUrl(source: SourcePicture): Promise<string> {
  const { bytes, mediaType } = await source.bytes();
  if (bytes.byteLength > MAX_DATA_URL_BYTES) {
    const words = `The source has ${bytes.byteLength} bytes; inside a request it may have ${MAX_DATA_URL_BYTES}.`;
    throw new DarkroomError('FileTooLarge', words);
  }
  return `data:${mediaType};base64,${bytes.toString('base64')}`;
}

function named(field: string | undefined, value: unknown): Record<string, unknown> {
  return field === undefined || value === undefined ? {} : { [field]: value };
}

/**
 * Whoever names no seed gets one from us: it is by this that a prediction is recognised whose answer
 * was lost, because Replicate tells of every prediction what its input was.
 */
function seedOf({ generationId, attempt }: PredictionOrder): number {
  const hash = createHash('sha256').update(`${generationId} ${attempt}`).digest();
  return hash.readUInt32BE() & 0x7fff_ffff;
}

function sizeOf({ widthPx, heightPx }: PicturePlan, { size }: ModelForm): Record<string, unknown> {
  if (size.by === 'aspect') return { [size.field]: nearest(widthPx / heightPx, size.choices) };
  const fitted = (px: number) =>
    Math.min(size.most, Math.max(size.least, Math.round(px / size.multipleOf) * size.multipleOf));
  return { ...size.with, width: fitted(widthPx), height: fitted(heightPx) };
}

/** The shape that differs least, where twice as wide counts as much as half as wide. */
function nearest(ratio: number, choices: readonly string[]): string {
  const away = (choice: string) => {
    const [width = 1, height = 1] = choice.split(':').map(Number);
    return Math.abs(Math.log(width / height / ratio));
  };
  return choices.reduce((best, choice) => (away(choice) < away(best) ? choice : best));
}
