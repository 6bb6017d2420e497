import { describe, expect, it } from 'vitest';
import { colorsAmong } from '../../../src/domain/color-query.js';
import type { DominantColor } from '../../../src/domain/image.js';
import { useCatalog } from '../open.js';
import { DESCRIBER, facts, METADATA } from '../records.js';

const db = useCatalog();
const words = (text: string) => text.split(' ');

async function described(
  name: string,
  description: string,
  { tags = [] as string[], ownerId = 'ann' } = {},
): Promise<string> {
  const id = await db.add(name, ownerId);
  await db.catalog.images.recordMetadata(id, { ...METADATA, description, tags }, DESCRIBER);
  return id;
}

async function colored(name: string, colors: DominantColor[], ownerId?: string): Promise<string> {
  const id = await db.add(name, ownerId);
  await db.catalog.images.recordOriginal(id, facts({ colors }));
  return id;
}

const byWords = (query: string, filter = {}) =>
  db.catalog.search.byWords(words(query), filter, 100);
const byColors = (query: string, filter = {}) =>
  db.catalog.search.byColors(colorsAmong(words(query)), filter, 100);
const ids = (found: { imageId: string }[]) => found.map(({ imageId }) => imageId);

describe('by words', () => {
  it('images are found by description, tag, file name and camera, in whatever number', async () => {
    const boat = await described('IMG_1', 'Two boats in a harbour.', { tags: ['evening light'] });
    const named = await described('HarborAtDawn_2', 'Water.');
    const shot = await db.add('IMG_3');
    await db.catalog.images.recordOriginal(
      shot,
      facts({ camera: { make: 'Acme', model: 'Wonder 5' } }),
    );
    expect(await byWords('boat')).toEqual([{ imageId: boat, rank: 1, words: ['boat'] }]);
    expect(ids(await byWords('lights'))).toEqual([boat]);
    expect(ids(await byWords('dawn'))).toEqual([named]);
    expect(ids(await byWords('wonder'))).toEqual([shot]);
    expect(await byWords('xyzzy')).toEqual([]);
    expect(await byWords('the of')).toEqual([]);
    expect(await db.catalog.search.byWords([], {}, 10)).toEqual([]);
  });

  it('more words go before fewer, equals have one rank, and a hit says which words it has', async () => {
    const one = await described('a', 'A red boat.');
    const both = await described('b', 'A red boat on a lake.');
    const other = await described('c', 'A blue boat.');
    const found = await byWords('boat lake');
    expect(found.map(({ rank }) => rank)).toEqual([1, 2, 2]);
    expect(found[0]).toEqual({ imageId: both, rank: 1, words: ['boat', 'lake'] });
    expect(ids(found).slice(1).sort()).toEqual([one, other].sort());
  });

  it('the last word may be a beginning, which counts less than the word', async () => {
    const harbor = await described('a', 'A harbor.');
    const harbormaster = await described('b', 'The harbormaster.');
    expect(ids(await byWords('harb'))).toHaveLength(2);
    expect(ids(await byWords('harbor'))).toEqual([harbor, harbormaster]);
    expect(await byWords('harb sky')).toEqual([]);
    expect(await byWords('ha')).toEqual([]);
  });

  it('what looks like a query language is only words', async () => {
    const id = await described('a', "It's 5 o'clock & time for tea!");
    for (const word of ["o'clock", 'tea', '5']) {
      const plain = word.match(/[\p{L}\p{N}]+/gu) ?? [];
      expect(ids(await db.catalog.search.byWords(plain, {}, 10)), word).toEqual([id]);
    }
  });
});

describe('by colours', () => {
  it('the most of a colour goes first, and its shades count less', async () => {
    const little = await colored('a', [{ hex: '#d0202a', share: 0.2 }]);
    const much = await colored('b', [
      { hex: '#d0202a', share: 0.4 },
      { hex: '#d1222b', share: 0.3 },
    ]);
    const maroon = await colored('c', [{ hex: '#6b1420', share: 0.5 }]);
    await colored('d', [{ hex: '#2f9a41', share: 0.9 }]);
    const found = await byColors('red');
    expect(ids(found)).toEqual([much, maroon, little]);
    expect(found[0]?.colors).toEqual([{ name: 'red', share: expect.closeTo(0.7, 5) }]);
    expect(found[1]?.colors).toEqual([{ name: 'maroon', share: 0.5 }]);
    expect(await byColors('harbor')).toEqual([]);
  });

  it('both of two colours go before much of one, and "sky blue" is one', async () => {
    const both = await colored('a', [
      { hex: '#d0202a', share: 0.1 },
      { hex: '#2f9a41', share: 0.1 },
    ]);
    const red = await colored('b', [{ hex: '#d0202a', share: 0.9 }]);
    expect(ids(await byColors('red and green'))).toEqual([both, red]);
    const sky = await colored('c', [{ hex: '#8cc4ec', share: 0.5 }]);
    await colored('d', [{ hex: '#2563d4', share: 0.9 }]);
    expect(ids(await byColors('sky blue'))).toEqual([sky]);
  });

  it('rows of before the shares were recorded are found as well', async () => {
    const old = await colored('a', [{ hex: '#d0202a', share: 0.2 }]);
    await db.sql('update images set color_shares = null where id = $1', [old]);
    expect(await byColors('red')).toEqual([
      { imageId: old, rank: 1, colors: [{ name: 'red', share: 1 }] },
    ]);
  });
});

describe('filters', () => {
  it('narrow every way by owner, tags, colour and day, and deleted images are not there', async () => {
    const a = await described('a', 'A boat.', { tags: ['sea', 'sun'] });
    const b = await described('b', 'A boat.', { tags: ['sea'], ownerId: 'bob' });
    const gone = await described('c', 'A boat.', { tags: ['sea', 'sun'] });
    await db.sql('update images set deleted_at = now() where id = $1', [gone]);
    await db.catalog.images.recordOriginal(b, facts({ colors: [{ hex: '#d0202a', share: 0.7 }] }));
    await db.sql(`update images set created_at = '2026-01-02T00:00:00Z' where id = $1`, [a]);
    await db.sql(`update images set created_at = '2026-01-03T00:00:00Z' where id = $1`, [b]);
    const day = new Date('2026-01-03T00:00:00Z');
    const left = async (filter: object) => ids(await byWords('boat', filter)).sort();
    expect(await left({})).toEqual([a, b].sort());
    expect(await left({ ownerId: 'bob' })).toEqual([b]);
    expect(await left({ tags: ['sea', 'sun'] })).toEqual([a]);
    expect(await left({ color: 'red' })).toEqual([b]);
    expect(await left({ from: day })).toEqual([b]);
    expect(await left({ to: day })).toEqual([a]);
    expect(await left({ ownerId: 'bob', tags: ['sun'] })).toEqual([]);
    expect(ids(await byColors('red', { ownerId: 'ann' }))).toEqual([]);
    expect(ids(await byColors('red', { ownerId: 'bob' }))).toEqual([b]);
    const { search } = db.catalog;
    expect(await search.passing({ ownerId: 'bob' })).toEqual({ images: true, described: true });
    expect(await search.passing({ ownerId: 'eve' })).toEqual({ images: false, described: false });
  });
});
