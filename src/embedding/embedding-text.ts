import type { Metadata } from '../domain/image.js';

/** What is embedded for a picture: everything that was said of it, one thing a line. */
export function embeddingText({ description, tags, category, mood }: Metadata): string {
  return [description, tags.join(', '), category, mood].filter((line) => line !== '').join('\n');
}
