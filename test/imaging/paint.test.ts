import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { paintDemoPhotos } from '../../src/imaging/demo-photos.js';
import { paintPhoto } from '../../src/imaging/paint.js';
import { similarity } from '../support/compare.js';

const SIZE = { widthPx: 480, heightPx: 320 };

describe('a painted photograph', () => {
  it('is the same for the same seed and another for another', async () => {
    const once = await paintPhoto({ ...SIZE, seed: 1, orientation: 1 });
    expect(await paintPhoto({ ...SIZE, seed: 1, orientation: 1 })).toEqual(once);
    const other = await paintPhoto({ ...SIZE, seed: 2, orientation: 1 });
    expect(await similarity(once, other)).toBeLessThan(0.7);
  });

  it.each([2, 3, 4, 5, 6, 7, 8])(
    'stored with orientation %i is shown upright',
    async (orientation) => {
      const upright = await paintPhoto({ ...SIZE, seed: 5, orientation: 1 });
      const turned = await paintPhoto({ ...SIZE, seed: 5, orientation });
      expect((await sharp(turned).metadata()).orientation).toBe(orientation);
      const shown = await sharp(turned).autoOrient().png().toBuffer();
      expect(await similarity(shown, upright)).toBeGreaterThan(0.9);
    },
  );

  it('has contrast and grain as a camera gives them', async () => {
    for (const seed of [3, 4, 5, 6]) {
      const photo = await paintPhoto({ ...SIZE, seed, orientation: 1 });
      const { channels, entropy } = await sharp(photo).stats();
      expect(entropy).toBeGreaterThan(4);
      expect(Math.max(...channels.map(({ stdev }) => stdev))).toBeGreaterThan(10);
    }
  });
});

describe('demo photographs', () => {
  it('have 3 to 12 megapixels and names that say what is seen', async () => {
    let number = 0;
    for await (const { fileName, bytes } of paintDemoPhotos(2, 7)) {
      expect(fileName).toMatch(new RegExp(`^[a-z]+-at-[a-z]+-000${++number}\\.jpg$`));
      const { width, height } = await sharp(bytes).metadata();
      expect((width * height) / 1e6).toBeGreaterThan(2.9);
      expect((width * height) / 1e6).toBeLessThan(12.1);
    }
  });
});
