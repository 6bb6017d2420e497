import { expect, it } from 'vitest';
import { checkGeneration, problemsOf } from '../../src/domain/check-generation.js';
import { DarkroomError } from '../../src/domain/failures.js';

const least = { ownerId: 'ada', prompt: 'a lighthouse at dusk' };

it('takes an owner and a prompt alone, as absent fields or as the nulls of a row', () => {
  expect(problemsOf(least)).toEqual([]);
  const nulls = { negativePrompt: null, steps: null, seed: null, sourceImage: null, style: null };
  expect(problemsOf({ ...least, ...nulls, provider: null, model: null })).toEqual([]);
});

it('takes everything that may be asked for', () => {
  const everything = {
    ...least,
    ...{ negativePrompt: 'people', provider: 'replicate', model: 'stability-ai/sdxl' },
    ...{ modelVersion: '7762fd07', widthPx: 64, heightPx: 2_048, steps: 1, guidanceScale: 7.5 },
    ...{ seed: 2_147_483_647, sourceImage: 'https://example.com/a.png', strength: 0 },
    ...{ style: 'watercolour', format: 'webp', priority: -3, maxAttempts: 10, timeoutSeconds: 10 },
  };
  expect(problemsOf(everything)).toEqual([]);
});

it('says everything that is wrong, not the first of it', () => {
  const wrong = {
    ...{ ownerId: ' ', prompt: 'x'.repeat(4_001), negativePrompt: 7, provider: 'dalle' },
    ...{ model: '', modelVersion: 'a\0b', widthPx: 63, heightPx: 100.5, steps: 0 },
    ...{ guidanceScale: 51, seed: -1, sourceImage: 'http://example.com/a.png', strength: 1.1 },
    ...{ style: 'baroque', format: 'gif', priority: 0.5, maxAttempts: 11, timeoutSeconds: 9 },
  };
  expect(problemsOf(wrong)).toEqual([
    'The owner is empty.',
    'The prompt is longer than 4000 characters.',
    'The negative prompt must be a text.',
    'There is no provider "dalle"; there are mock, replicate.',
    'The model is empty.',
    'The version of the model holds a character that is none.',
    'The width must be a whole number of pixels from 64 to 2048.',
    'The height must be a whole number of pixels from 64 to 2048.',
    'The number of steps must be a whole number from 1 to 200.',
    'The guidance scale must be a number from 0 to 50.',
    'The seed must be a whole number from 0 to 2147483647.',
    'The strength must be a number from 0 to 1.',
    'The source image must be the id of an image or an https: address.',
    expect.stringMatching(/^There is no style "baroque"; there are photograph, .*watercolour/),
    'There is no format "gif"; there are png, jpg, webp.',
    'The priority must be a whole number from -1000000 to 1000000.',
    'The number of tries must be a whole number from 1 to 10.',
    'The time-out in seconds must be a whole number from 10 to 1800.',
  ]);
});

it('wants a prompt and an owner', () => {
  expect(problemsOf({})).toEqual(['The owner is missing.', 'The prompt is missing.']);
  expect(problemsOf({ ownerId: 'ada', prompt: null })).toEqual(['The prompt is missing.']);
});

it('wants a source for a strength', () => {
  expect(problemsOf({ ...least, strength: 0.5 })).toEqual(['A strength needs a source image.']);
});

it.each([
  ['0198c0de-0000-7000-8000-000000000001', 0],
  ['https://example.com/a.png?size=2', 0],
  ['https://user@example.com/a.png', 1],
  ['https://', 1],
  ['originals/a.png', 1],
  [42, 1],
])('judges the source %s by its form', (sourceImage, problems) => {
  expect(problemsOf({ ...least, sourceImage })).toHaveLength(problems);
});

it('names a value of another type by that', () => {
  expect(problemsOf({ ...least, style: {} })[0]).toMatch(/^There is no style of type object;/);
});

it('refuses with all of it', () => {
  const refused = () => checkGeneration({ prompt: ' ' });
  expect(refused).toThrow(DarkroomError);
  expect(refused).toThrow('The owner is missing. The prompt is empty.');
});
