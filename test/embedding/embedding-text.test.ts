import { expect, it } from 'vitest';
import { embeddingText } from '../../src/embedding/embedding-text.js';

it('embeds the description, the tags, the category and the mood, and no colour codes', () => {
  const metadata = {
    description: 'A red boat.',
    tags: ['boat', 'harbor'],
    category: 'city',
    dominantColors: ['#d0202a'],
    mood: 'calm',
  };
  expect(embeddingText(metadata)).toBe('A red boat.\nboat, harbor\ncity\ncalm');
  expect(embeddingText({ ...metadata, tags: [], mood: '' })).toBe('A red boat.\ncity');
});
