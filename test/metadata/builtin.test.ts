import { describe, expect, it } from 'vitest';
import { openBuiltinMetadata } from '../../src/metadata/builtin.js';
import type { DescribablePicture } from '../../src/metadata/metadata.js';
import { describeMetadata, picture } from './metadata.contract.js';

describeMetadata('colours and words', async () => openBuiltinMetadata());

function describing(changes: Partial<DescribablePicture>) {
  return openBuiltinMetadata().describe(picture(changes), {});
}

describe('the builtin describer', () => {
  it('makes sentences of light, shape, colours, file name and camera', async () => {
    const camera = {
      make: 'FUJIFILM',
      model: 'X-T4',
      focalLengthMm: 35,
      aperture: 2.8,
      iso: 200,
      takenAt: '2023-05-01T06:10:00',
    };
    expect(await describing({ camera })).toEqual({
      description:
        'An evenly lit landscape picture, mostly steel blue and sand. Its file name says: harbor dawn. ' +
        'Taken with FUJIFILM X-T4, 35 mm, f/2.8, ISO 200.',
      tags: [
        'harbor',
        'dawn',
        'steel blue',
        'sand',
        'landscape',
        'evenly lit',
        'city',
        'fujifilm',
        '2023',
      ],
      category: 'city',
      dominantColors: ['#54789b', '#c2a878', '#55799c'],
      mood: 'calm',
    });
  });

  it('says the same of the same picture', async () => {
    expect(await describing({})).toEqual(await describing({}));
  });

  it('does not repeat a make that the model repeats', async () => {
    const camera = { make: 'Canon', model: 'Canon EOS R5' };
    expect((await describing({ camera })).description).toContain('Taken with Canon EOS R5.');
  });

  it('has something to say of a picture about which nothing is known', async () => {
    const bare = await describing({ fileName: 'DSC01234.JPG', colors: [], camera: {} });
    expect(bare).toMatchObject({
      description: 'An evenly lit landscape picture.',
      category: 'photo',
      mood: 'quiet',
    });
  });

  it('knows a picture without colours', async () => {
    const colors = [
      { hex: '#1b1b1b', share: 0.7 },
      { hex: '#9a9a9c', share: 0.3 },
    ];
    const gray = await describing({ fileName: 'IMG_1.jpg', colors, brightness: 0.15 });
    expect(gray).toMatchObject({ category: 'black and white', mood: 'somber' });
    expect(gray.description).toMatch(/^A dark landscape picture, mostly /);
  });

  it.each([
    [4000, 3000, 'landscape'],
    [3000, 4000, 'portrait'],
    [3000, 3050, 'square'],
    [8000, 2000, 'panorama'],
  ])('calls %i × %i a %s', async (widthPx, heightPx, shape) => {
    expect((await describing({ widthPx, heightPx })).tags).toContain(shape);
  });

  it('gives at most twelve tags, however long the file name', async () => {
    const fileName = `${'one two three four five six seven eight nine ten eleven twelve thirteen'}.jpg`;
    const camera = { make: 'Nikon', takenAt: '2020' };
    expect((await describing({ fileName, camera })).tags).toHaveLength(12);
  });
});
