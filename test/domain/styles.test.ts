import { expect, it } from 'vitest';
import { STYLES, styledPrompt } from '../../src/domain/styles.js';

it('rewrites a prompt in the words of its style', () => {
  expect(styledPrompt('a lighthouse at dusk.', 'watercolour')).toBe(
    'A watercolour painting of a lighthouse at dusk, loose washes, visible paper grain',
  );
});

it('leaves a prompt without a style as it is', () => {
  expect(styledPrompt('a lighthouse. ')).toBe('a lighthouse. ');
  expect(styledPrompt('a lighthouse', 'toString')).toBe('a lighthouse');
});

it('takes a prompt literally', () => {
  expect(styledPrompt('a $& sign', 'line-art')).toContain('a $& sign');
});

it.each(Object.entries(STYLES))('keeps the prompt in %s', (style, words) => {
  expect(words.split('{prompt}')).toHaveLength(2);
  expect(styledPrompt('a red door', style)).toContain('a red door');
});
