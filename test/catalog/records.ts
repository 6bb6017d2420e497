import type {
  FailureRecord,
  NewImage,
  OriginalRecord,
  Selection,
  TierRecord,
} from '../../src/catalog/catalog.js';
import type { Metadata, StepSource, Variant } from '../../src/domain/image.js';
import { STEPS } from '../../src/domain/image.js';
import type { Format, Tier } from '../../src/domain/recipe.js';

/** Records as the activities write them, with everything a test does not care about filled in. */

export const KEY = 'variants/0123456789abcdef0123456789abcdef';
export const OTHER_KEY = 'variants/fedcba9876543210fedcba9876543210';
export const RECIPE = 'recipe-of-today';
export const RULES = 'rules-of-today';
export const FORMATS: Format[] = ['webp', 'avif'];

export function newImage(name: string, ownerId = 'ann'): NewImage {
  return { ownerId, original: `file:///photos/${name}.jpg`, fileName: `${name}.jpg` };
}

export function facts(more: Partial<OriginalRecord> = {}): OriginalRecord {
  return {
    requestedSteps: [...STEPS],
    sha256: 'a'.repeat(64),
    sizeBytes: 4_000_000,
    mediaType: 'image/jpeg',
    widthPx: 4000,
    heightPx: 3000,
    placeholder: 'AQID',
    brightness: 0.5,
    colors: [{ hex: '#336699', share: 0.7 }],
    camera: { make: 'Acme', iso: 200 },
    previewKey: 'previews/x.jpg',
    imageKey: KEY,
    recipe: RECIPE,
    formats: FORMATS,
    ...more,
  };
}

const LADDER: Record<Tier['label'], number> = { sm: 640, md: 1024, lg: 1920 };

export function tier(label: Tier['label'], more: Partial<TierRecord> = {}): TierRecord {
  const { imageKey = KEY } = more;
  const widthPx = LADDER[label];
  return {
    sha256: 'a'.repeat(64),
    ...{ imageKey, recipe: RECIPE, formats: FORMATS, widthPx, last: label === 'lg' },
    variants: FORMATS.map((format) => variant(imageKey, label, format)),
    ...more,
  };
}

function variant(imageKey: string, label: Tier['label'], format: Format): Variant {
  const widthPx = LADDER[label];
  return {
    ...{ tier: label, format, widthPx, heightPx: (widthPx * 3) / 4 },
    key: `${imageKey}_${widthPx}.${format}`,
    sizeBytes: 1000,
    sha256: 'b'.repeat(64),
  };
}

export const METADATA: Metadata = {
  description: 'A harbour in the evening.',
  tags: ['harbour', 'boat'],
  category: 'landscape',
  dominantColors: ['#336699'],
  mood: 'calm',
};

export const DESCRIBER: StepSource = { provider: 'builtin', model: 'colours', version: '1' };
export const EMBEDDER: StepSource = { provider: 'builtin', model: 'words-3', version: '1' };

export function failure(more: Partial<FailureRecord> = {}): FailureRecord {
  return {
    kind: 'ImageCorrupt',
    message: 'The file ends too early.',
    at: '2026-01-02T03:04:05.000Z',
    ...more,
  };
}

export function selection(more: Partial<Selection> = {}): Selection {
  return { scope: 'missing', steps: [...STEPS], recipe: RECIPE, rules: RULES, ...more };
}
