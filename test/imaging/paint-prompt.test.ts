import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { paintedPicture, type Wanted } from '../../src/imaging/paint-prompt.js';
import { similarity } from '../support/compare.js';

const SIZE = { widthPx: 240, heightPx: 180 };

function painted(prompt: string, more: Partial<Wanted> = {}): Promise<Buffer> {
  return paintedPicture({ prompt, seed: '1', ...SIZE, format: 'png', ...more });
}

interface Look {
  red: number;
  green: number;
  blue: number;
  light: number;
}

async function lookOf(prompt: string, more?: Partial<Wanted>): Promise<Look> {
  const { channels } = await sharp(await painted(prompt, more)).stats();
  const [red = 0, green = 0, blue = 0] = channels.map(({ mean }) => mean);
  return { red, green, blue, light: (red + green + blue) / 3 };
}

/** A perceptual hash: whether each of 64 parts is lighter than its neighbour. */
async function differenceHash(bytes: Buffer): Promise<boolean[]> {
  const data = await sharp(bytes).grayscale().resize(9, 8, { fit: 'fill' }).raw().toBuffer();
  return Array.from({ length: 64 }, (_, n) => {
    const at = Math.floor(n / 8) * 9 + (n % 8);
    return (data[at] ?? 0) < (data[at + 1] ?? 0);
  });
}

describe('a picture painted from a prompt', () => {
  it('looks like no other, whatever the words', async () => {
    const prompts = [
      ...['a lighthouse at dusk', 'a lighthouse at dawn', 'a forest in fog', 'a red boat at night'],
      ...['something nobody knows', 'another idea entirely', 'a third one', 'the fourth', 'xyzzy'],
    ];
    const pictures = await Promise.all(prompts.map((prompt) => painted(prompt)));
    const hashes = await Promise.all(pictures.map(differenceHash));
    for (let a = 0; a < pictures.length; a++) {
      for (let b = a + 1; b < pictures.length; b++) {
        const differing = hashes[a]?.filter((bit, at) => bit !== hashes[b]?.[at]).length;
        expect(differing, `${prompts[a]} / ${prompts[b]}`).toBeGreaterThanOrEqual(10);
        const [one = Buffer.of(), other = Buffer.of()] = [pictures[a], pictures[b]];
        expect(await similarity(one, other)).toBeLessThan(0.7);
      }
    }
  });

  it.each(['1', '2', '3', '4'])('is in the colours of its words: seed %s', async (seed) => {
    const red = await lookOf('a red thing', { seed });
    const blue = await lookOf('a blue thing', { seed });
    const green = await lookOf('a green thing', { seed });
    expect(red.red - red.blue).toBeGreaterThan(blue.red - blue.blue + 20);
    expect(green.green - green.red).toBeGreaterThan(red.green - red.red + 20);
  });

  it.each(['1', '2', '3'])('is dark by night and light by day: seed %s', async (seed) => {
    const night = await lookOf('mountains at night', { seed });
    const noon = await lookOf('mountains at noon', { seed });
    expect(noon.light - night.light).toBeGreaterThan(40);
  });

  it('has no colour in ink, and less of what is not wanted', async () => {
    const ink = await lookOf('a house, pencil sketch in ink');
    expect(Math.abs(ink.red - ink.blue)).toBeLessThan(2);
    const night = await lookOf('a lake at night', { negativePrompt: 'night, dark' });
    expect(night.light).toBeGreaterThan((await lookOf('a lake at night')).light);
  });

  it('differs a little by style', async () => {
    expect(await painted('a lake', { style: 'cinematic' })).not.toEqual(await painted('a lake'));
  });

  it.each([
    [64, 2048],
    [2048, 64],
    [333, 217],
  ])('has exactly %i by %i pixels', async (widthPx, heightPx) => {
    const { width, height } = await sharp(
      await painted('a city by the sea', { widthPx, heightPx }),
    ).metadata();
    expect({ width, height }).toEqual({ width: widthPx, height: heightPx });
  });

  it('says of a source that is no picture that it is none', async () => {
    const source = { bytes: Buffer.from('no picture'), strength: 0.5 };
    await expect(painted('a lake', { source })).rejects.toMatchObject({ kind: 'NotAnImage' });
  });
});
