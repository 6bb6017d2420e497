import { DarkroomError } from '../domain/failures.js';
import type { ResultFormat } from '../domain/generation.js';

/** What a model calls the fields of its input; what it does not name it does not take. */
export interface ModelForm {
  size: PixelSize | { by: 'aspect'; field: string; choices: readonly string[] };
  /** Of denoising; more than `most` are refused by the model. */
  steps?: { field: string; most: number };
  guidance?: string;
  seed?: string;
  negativePrompt?: string;
  format?: { field: string; values: Partial<Record<ResultFormat, string>> };
  image?: { field: string; array?: true };
  /** `kept`: the model wants to know how much of the image stays, which is 1 - strength. */
  strength?: { field: string; means: 'changed' | 'kept' };
  /** Sent as they are. */
  always?: Readonly<Record<string, unknown>>;
}

interface PixelSize {
  by: 'pixels';
  multipleOf: number;
  least: number;
  most: number;
  /** Says that width and height count. */
  with?: Readonly<Record<string, unknown>>;
}

const ALL_FORMATS = { png: 'png', jpg: 'jpg', webp: 'webp' } as const;
const format = (values: Partial<Record<ResultFormat, string>>) => ({
  field: 'output_format',
  values,
});

const ASPECTS = ['1:1', '16:9', '9:16', '3:2', '2:3', '4:3', '3:4', '4:5', '5:4', '21:9', '9:21'];
const byAspect = { by: 'aspect', field: 'aspect_ratio', choices: ASPECTS } as const;

const FLUX_DEV: ModelForm = {
  size: byAspect,
  steps: { field: 'num_inference_steps', most: 50 },
  guidance: 'guidance',
  seed: 'seed',
  format: format(ALL_FORMATS),
  image: { field: 'image' },
  strength: { field: 'prompt_strength', means: 'changed' },
  always: { num_outputs: 1 },
};

const KONTEXT: ModelForm = {
  size: byAspect,
  seed: 'seed',
  format: format({ png: 'png', jpg: 'jpg' }),
  image: { field: 'input_image' },
};

const FLUX_2: ModelForm = {
  size: byAspect,
  seed: 'seed',
  format: format(ALL_FORMATS),
  image: { field: 'input_images', array: true },
};

const STABLE_DIFFUSION: ModelForm = {
  size: { by: 'pixels', multipleOf: 8, least: 64, most: 2048 },
  steps: { field: 'num_inference_steps', most: 500 },
  guidance: 'guidance_scale',
  seed: 'seed',
  negativePrompt: 'negative_prompt',
  image: { field: 'image' },
  strength: { field: 'prompt_strength', means: 'changed' },
  always: { num_outputs: 1 },
};

const STABLE_DIFFUSION_3: ModelForm = {
  size: byAspect,
  steps: { field: 'steps', most: 28 },
  guidance: 'cfg',
  seed: 'seed',
  negativePrompt: 'negative_prompt',
  format: format(ALL_FORMATS),
  image: { field: 'image' },
  strength: { field: 'prompt_strength', means: 'changed' },
};

/** By `owner/name`; docs/generation.md shows them as a table. */
const MODELS: Readonly<Record<string, ModelForm>> = {
  'black-forest-labs/flux-schnell': {
    size: byAspect,
    steps: { field: 'num_inference_steps', most: 4 },
    seed: 'seed',
    format: format(ALL_FORMATS),
    always: { num_outputs: 1 },
  },
  'black-forest-labs/flux-dev': FLUX_DEV,
  'black-forest-labs/flux-1.1-pro': {
    size: {
      ...{ by: 'pixels', multipleOf: 32, least: 256, most: 1440 },
      with: { aspect_ratio: 'custom' },
    },
    seed: 'seed',
    format: format(ALL_FORMATS),
    image: { field: 'image_prompt' },
  },
  'black-forest-labs/flux-1.1-pro-ultra': {
    size: byAspect,
    seed: 'seed',
    format: format({ png: 'png', jpg: 'jpg' }),
    image: { field: 'image_prompt' },
    strength: { field: 'image_prompt_strength', means: 'kept' },
  },
  'black-forest-labs/flux-kontext-pro': KONTEXT,
  'black-forest-labs/flux-kontext-max': KONTEXT,
  'black-forest-labs/flux-2-flex': FLUX_2,
  'black-forest-labs/flux-2-pro': FLUX_2,
  'stability-ai/sdxl': STABLE_DIFFUSION,
  'stability-ai/stable-diffusion-3.5-large': STABLE_DIFFUSION_3,
  'stability-ai/stable-diffusion-3.5-medium': STABLE_DIFFUSION_3,
};

export interface ModelReference {
  /** As `POST /v1/predictions` wants it: `owner/name`, `owner/name:hash`, or a hash. */
  version: string;
  /** `owner/name`, where that is known. */
  name?: string;
  /** 64 hex digits, where that is known. */
  hash?: string;
  form: ModelForm;
}

const NAME = /^[\w.-]+\/[\w.-]+$/;
const HASH = /^[0-9a-f]{64}$/;

/**
 * The model by its name, its version, or both, in one text or in two. Models that are not in the
 * table are asked in the words of Stable Diffusion, which most of them understand.
 * @throws DarkroomError `ProviderModelMissing` when it cannot be a name
 */
export function modelReference(model: string, modelVersion?: string): ModelReference {
  const [named = '', within] = model.split(':');
  const [name, bare] = HASH.test(named) ? [undefined, named] : [named, undefined];
  const hash = modelVersion ?? within ?? bare;
  if ((name !== undefined && !NAME.test(name)) || (hash !== undefined && !HASH.test(hash))) {
    const words = `"${model.slice(0, 100)}" is no model of Replicate: owner/name, owner/name:version or a version of 64 hex digits.`;
    throw new DarkroomError('ProviderModelMissing', words);
  }
  const known = name !== undefined && Object.hasOwn(MODELS, name) ? MODELS[name] : undefined;
  return {
    version: [name, hash].filter((part) => part !== undefined).join(':'),
    ...(name !== undefined && { name }),
    ...(hash !== undefined && { hash }),
    form: known ?? STABLE_DIFFUSION,
  };
}
