import { describe, expect, it } from 'vitest';
import type { DescribablePicture, MetadataProvider } from '../../src/metadata/metadata.js';

/** A small evening picture of a harbour; a test changes what it is about. */
export function picture(changes: Partial<DescribablePicture> = {}): DescribablePicture {
  return {
    fileName: 'IMG_2041 HarborAtDawn (2).jpg',
    widthPx: 4000,
    heightPx: 3000,
    colors: [
      { hex: '#54789b', share: 0.5 },
      { hex: '#c2a878', share: 0.3 },
      { hex: '#55799c', share: 0.1 },
    ],
    brightness: 0.5,
    preview: () => Promise.reject(new Error('nobody asked for the preview')),
    ...changes,
  };
}

/** What every MetadataProvider promises. */
export function describeMetadata(name: string, open: () => Promise<MetadataProvider>): void {
  describe(`metadata by ${name}`, () => {
    it('says who it is, so that a change makes older answers stale', async () => {
      const { source } = await open();
      expect(Object.keys(source).sort()).toEqual(['model', 'provider', 'version']);
      for (const word of Object.values(source)) expect(word).not.toBe('');
    });

    it('fills every field with something a person can read', async () => {
      const provider = await open();
      const metadata = await provider.describe(picture(), {});
      expect(metadata.description.length).toBeGreaterThan(10);
      expect(metadata.tags.length).toBeGreaterThan(0);
      expect(metadata.tags).toEqual([...new Set(metadata.tags)]);
      for (const word of [...metadata.tags, metadata.category, metadata.mood]) {
        expect(word).toMatch(/\S/);
        expect(word).toBe(word.toLowerCase());
      }
    });

    it('ends when its signal aborts', async () => {
      const provider = await open();
      const signal = AbortSignal.abort(new Error('stop'));
      await expect(provider.describe(picture(), { signal })).rejects.toThrow();
    });
  });
}
