import { expect, it } from 'vitest';
import { imageWorkflowId, scratchQueue, TASK_QUEUES, variantKey } from '../../src/domain/ids.js';

it('gives an image one workflow id, whoever asks', () => {
  expect(imageWorkflowId('42')).toBe('image:42');
});

it('names a variant after its image key, width and format', () => {
  expect(variantKey('variants/0a1b', 640, 'webp')).toBe('variants/0a1b_640.webp');
});

it('gives every task queue a name of its own', () => {
  const names = [...Object.values(TASK_QUEUES), scratchQueue('a'), scratchQueue('b')];
  expect(new Set(names).size).toBe(names.length);
  for (const name of names) expect(name).toMatch(/^darkroom/);
});
