import { describe, expect, it } from 'vitest';
import { FAKE_REPLICATE_TOKEN } from '../../src/dev/fake-replicate.js';
import type { PicturePlan } from '../../src/domain/generation.js';
import { imageInput, inputOf } from '../../src/generation/replicate-input.js';
import { modelReference } from '../../src/generation/replicate-models.js';
import { openReplicate } from '../../src/generation/replicate.js';
import { useFakeReplicate } from '../support/fake-replicate.js';
import { picture } from '../support/pictures.js';
import { order, pictureOf, SIGNAL } from './orders.js';

const fake = useFakeReplicate();
const HASH = '7'.repeat(64);
const bytes = async () => ({ bytes: Buffer.from('png'), mediaType: 'image/png' });

async function wireOf(model: string, plan: Partial<PicturePlan>, url?: string) {
  const source = plan.strength === undefined && url === undefined ? {} : { source: sourceOf(url) };
  const ordered = order({ prompt: 'a fox', seed: 5, ...plan }, source);
  const { form } = modelReference(model);
  return { ...inputOf(ordered, form), ...(await imageInput(ordered.source, form)) };
}
const sourceOf = (url?: string) => ({ bytes, ...(url !== undefined && { url }) });

const ALL: Partial<PicturePlan> = {
  ...{ widthPx: 1000, heightPx: 570, steps: 30, guidanceScale: 7, negativePrompt: 'rain' },
  ...({ format: 'webp', strength: 0.25 } as const),
};
const URL = 'https://images.example/fox.png';

describe('the input of a model', () => {
  it.each<[string, Record<string, unknown>]>([
    [
      'black-forest-labs/flux-dev',
      {
        ...{ prompt: 'a fox', num_outputs: 1, aspect_ratio: '16:9', num_inference_steps: 30 },
        ...{ guidance: 7, seed: 5, output_format: 'webp', prompt_strength: 0.25, image: URL },
      },
    ],
    [
      'black-forest-labs/flux-1.1-pro',
      {
        ...{ prompt: 'a fox', aspect_ratio: 'custom', width: 992, height: 576, seed: 5 },
        ...{ output_format: 'webp', image_prompt: URL },
      },
    ],
    [
      'black-forest-labs/flux-1.1-pro-ultra',
      {
        ...{ prompt: 'a fox', aspect_ratio: '16:9', seed: 5, output_format: 'png' },
        ...{ image_prompt: URL, image_prompt_strength: 0.75 },
      },
    ],
    [
      'black-forest-labs/flux-kontext-pro',
      { prompt: 'a fox', aspect_ratio: '16:9', seed: 5, output_format: 'png', input_image: URL },
    ],
    [
      'black-forest-labs/flux-2-flex',
      {
        prompt: 'a fox',
        aspect_ratio: '16:9',
        seed: 5,
        output_format: 'webp',
        input_images: [URL],
      },
    ],
    [
      'stability-ai/sdxl',
      {
        ...{ prompt: 'a fox', negative_prompt: 'rain', width: 1000, height: 568, seed: 5 },
        ...{ num_inference_steps: 30, guidance_scale: 7, prompt_strength: 0.25, image: URL },
        num_outputs: 1,
      },
    ],
  ])('is in its own words: %s', async (model, input) => {
    expect(await wireOf(model, ALL, URL)).toEqual(input);
  });

  it('holds no more steps than the model takes, and no picture for one that takes none', async () => {
    const { form } = modelReference('black-forest-labs/flux-schnell');
    expect(inputOf(order({ steps: 30 }), form)).toMatchObject({ num_inference_steps: 4 });
    const asked = wireOf('black-forest-labs/flux-schnell', {}, URL);
    await expect(asked).rejects.toMatchObject({ kind: 'ProviderRefused' });
  });

  it('has a seed of its try when nobody names one', () => {
    const { form } = modelReference('stability-ai/sdxl');
    const first = order();
    const { seed } = inputOf(first, form);
    expect(Number.isInteger(seed) && Number(seed) >= 0 && Number(seed) < 2 ** 31).toBe(true);
    expect(inputOf(first, form).seed).toBe(seed);
    expect(inputOf({ ...first, attempt: 2 }, form).seed).not.toBe(seed);
    expect(inputOf(order(), form).seed).not.toBe(seed);
  });

  it('holds a source of 256 kB or less itself, when nobody else can reach it', async () => {
    const { form } = modelReference('stability-ai/sdxl');
    const base64 = Buffer.from('png').toString('base64');
    expect(await imageInput(sourceOf(), form)).toEqual({
      image: `data:image/png;base64,${base64}`,
    });
    const large = { bytes: async () => ({ bytes: Buffer.alloc(256_001), mediaType: 'image/png' }) };
    await expect(imageInput(large, form)).rejects.toMatchObject({ kind: 'FileTooLarge' });
  });

  it('makes a picture of a picture', async () => {
    const jpeg = await picture({ widthPx: 320, heightPx: 256 });
    const source = { bytes: async () => ({ bytes: jpeg, mediaType: 'image/jpeg' }) };
    const sdxl = openReplicate({
      endpoint: { baseUrl: fake.baseUrl, token: FAKE_REPLICATE_TOKEN },
      model: 'stability-ai/sdxl',
      outputs: { allowPrivate: true },
    });
    const plain = await pictureOf(sdxl, order({ seed: 1 }));
    const from = await pictureOf(sdxl, order({ seed: 1, strength: 0.2 }, { source }));
    expect(from).not.toEqual(plain);
    expect(await sdxl.create(order(), SIGNAL)).toMatchObject({ outputs: [] });
  });
});

describe('a model is named by', () => {
  it.each([
    [['a/b'], { version: 'a/b', name: 'a/b' }],
    [[`a/b:${HASH}`], { version: `a/b:${HASH}`, name: 'a/b', hash: HASH }],
    [['a/b', HASH], { version: `a/b:${HASH}`, name: 'a/b', hash: HASH }],
    [[HASH], { version: HASH, hash: HASH }],
  ] as const)('%j', ([model, version], reference) => {
    const { form: _form, ...found } = modelReference(model, version);
    expect(found).toEqual(reference);
  });

  it.each([['a'], ['a/b/c'], ['a/b:1'], ['../x y'], ['']])('and not by "%s"', (model) => {
    expect(() => modelReference(model)).toThrow('is no model of Replicate');
  });
});
