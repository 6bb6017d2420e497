import sharp from 'sharp';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { querySpaces } from '../../../src/client/search/query-space.js';
import { search } from '../../../src/client/search/search.js';
import type { SearchResult } from '../../../src/client.js';
import { openBuiltinEmbedding } from '../../../src/embedding/builtin.js';
import { makes, openEmbedders, type Embedders } from '../../../src/embedding/embedders.js';
import type { EmbeddingProvider } from '../../../src/embedding/embedding.js';
import { DarkroomError } from '../../../src/domain/failures.js';
import { startPipeline, type Pipeline } from '../../support/pipeline.js';

/** A wall of one colour with a floor of another: nothing but colours tells these pictures apart. */
async function painted(wall: string, floor: string): Promise<Buffer> {
  const lower = await sharp({ create: { width: 320, height: 60, channels: 3, background: floor } })
    .png()
    .toBuffer();
  return sharp({ create: { width: 320, height: 240, channels: 3, background: wall } })
    .composite([{ input: lower, left: 0, top: 180 }])
    .jpeg({ quality: 95 })
    .toBuffer();
}

const PHOTOS = {
  'IMG_0001.jpg': ['#d0202a', '#ffffff'],
  'IMG_0002.jpg': ['#808080', '#d0202a'],
  'IMG_0003.jpg': ['#2f9a41', '#1d472a'],
  'IMG_0004.jpg': ['#2563d4', '#8cc4ec'],
  'IMG_0005.jpg': ['#8cc4ec', '#c2a878'],
  'IMG_0006.jpg': ['#f6de2f', '#000000'],
  'HarborAtDawn.jpg': ['#36393d', '#5c6873'],
} as const;

const names = ({ hits }: SearchResult) => hits.map(({ image }) => image.fileName);

describe.sequential('a library of painted photographs', () => {
  let pipeline: Pipeline;
  let database: pg.Client;
  const idOf = async (fileName: string) =>
    (await pipeline.darkroom.images()).find((image) => image.fileName === fileName)?.id ?? '';

  beforeAll(async () => {
    pipeline = await startPipeline();
    database = new pg.Client(pipeline.env.DATABASE_URL);
    await database.connect();
  });
  afterAll(async () => {
    await database.end();
    await pipeline[Symbol.asyncDispose]();
  });

  it('says why nothing is found while there is nothing, and nothing described', async () => {
    const { darkroom } = pipeline;
    expect(await darkroom.search({ query: 'red' })).toEqual({ hits: [], nothingFound: 'noImages' });
    const entries = Object.entries(PHOTOS);
    const pictures = await Promise.all(
      entries.map(async ([name, [wall, floor]]) => [name, await painted(wall, floor)] as const),
    );
    await pipeline.addPictures(Object.fromEntries(pictures));
    expect(await darkroom.search({ query: 'red' })).toEqual({
      ...{ hits: [], nothingFound: 'notDescribed' },
    });
    for (const { id } of await darkroom.images()) await darkroom.process(id, { wait: true });
  });

  it('finds the right ones first by a colour, and says which colour', async () => {
    const { darkroom } = pipeline;
    const red = await darkroom.search({ query: 'red' });
    expect(names(red)).toEqual(['IMG_0001.jpg', 'IMG_0002.jpg']);
    expect(red.hits[0]?.why).toEqual(
      expect.arrayContaining([
        { by: 'words', words: ['red'] },
        { by: 'color', colors: [{ name: 'red', share: expect.closeTo(0.75, 1) }] },
      ]),
    );
    expect(red.hits[0]?.score).toBeGreaterThan(red.hits[1]?.score ?? 1);
    expect(names(await darkroom.search({ query: 'a blue picture' })).slice(0, 2)).toEqual([
      'IMG_0004.jpg',
      'IMG_0005.jpg',
    ]);
    expect(names(await darkroom.search({ query: 'sky blue and sand' }))[0]).toBe('IMG_0005.jpg');
    expect(names(await darkroom.search({ query: 'Green' }))).toEqual(['IMG_0003.jpg']);
    expect(names(await darkroom.search({ query: 'yellow' }))).toEqual(['IMG_0006.jpg']);
  });

  it('finds by the words of a file name, also while they are typed', async () => {
    const { darkroom } = pipeline;
    for (const query of ['harbor', 'Harbors at dawn', 'photos of the harb']) {
      expect(names(await darkroom.search({ query })), query).toEqual(['HarborAtDawn.jpg']);
    }
  });

  it.each([
    'xqzvw bnmrt',
    'asdf',
    'quarterly tax invoice spreadsheet',
    'the mitochondria is the powerhouse of the cell',
    'ζζζ',
    'zebra unicorn dragon',
  ])('finds nothing by "%s", and says so', async (query) => {
    expect(await pipeline.darkroom.search({ query })).toEqual({
      hits: [],
      nothingFound: 'nothingClose',
    });
  });

  it('says when filters leave nothing, or when there is no word', async () => {
    const { darkroom } = pipeline;
    const nothing = async (query: string, more: object = {}) =>
      (await darkroom.search({ query, ...more })).nothingFound;
    expect(await nothing('?!')).toBe('noWords');
    expect(await nothing('red', { owner: 'nobody' })).toBe('noImages');
    expect(await nothing('red', { tags: ['no such tag'] })).toBe('filters');
    expect(await nothing('red', { to: new Date('2001-01-01') })).toBe('filters');
    expect(names(await darkroom.search({ query: 'landscape', color: 'yellow' }))).toEqual([
      'IMG_0006.jpg',
    ]);
    expect(
      names(await darkroom.search({ query: 'landscape', tags: ['landscape', 'yellow'] })),
    ).toEqual(['IMG_0006.jpg']);
  });

  it('gives page after page, each hit once', async () => {
    const { darkroom } = pipeline;
    const all = names(await darkroom.search({ query: 'landscape' }));
    expect(all).toHaveLength(7);
    const paged: string[] = [];
    let after: string | undefined;
    do {
      const page = await darkroom.search({ query: 'landscape', limit: 3, ...(after && { after }) });
      paged.push(...names(page));
      after = page.next;
    } while (after !== undefined);
    expect(paged).toEqual(all);
    const stranger = '01890000-0000-7000-8000-000000000000';
    await expect(darkroom.search({ query: 'landscape', after: stranger })).rejects.toMatchObject({
      kind: 'InvalidInput',
    });
  });

  it.each([
    [{ query: '' }, 'The query is empty'],
    [{ query: '  \n' }, 'The query is empty'],
    [{ query: 'x'.repeat(501) }, 'longer than 500 characters'],
    [{ query: 'x', color: 'ultraviolet' }, '"ultraviolet" is no colour'],
    [{ query: 'x', limit: 0 }, 'from 1 to 100'],
    [{ query: 'x', limit: 101 }, 'from 1 to 100'],
    [{ query: 'x', limit: 1.5 }, 'from 1 to 100'],
    [{ query: 'x', from: new Date('never') }, 'A date must be'],
    [{ query: 'x', from: new Date(2), to: new Date(1) }, 'ends before it begins'],
    [{ query: 'x', after: 'nonsense' }, '"nonsense" is not the id'],
    [{ query: 'x', tags: ['\0'] }, 'must be a word'],
    [{ query: 'x', owner: '' }, 'must be a word'],
  ])('refuses %j', async (asked, words) => {
    const refusal = pipeline.darkroom.search(asked);
    await expect(refusal).rejects.toMatchObject({
      kind: 'InvalidInput',
      message: expect.stringContaining(words),
    });
  });

  it('shows what is similar to an image, and never itself', async () => {
    const { darkroom } = pipeline;
    const id = await idOf('IMG_0004.jpg');
    const { hits } = await darkroom.similar(id);
    expect(hits[0]?.image.fileName).toBe('IMG_0005.jpg');
    expect(hits[0]?.why).toContainEqual({
      ...{ by: 'meaning', provider: 'builtin', model: 'hashed-words-256' },
      likeness: expect.any(Number),
    });
    expect(hits.map(({ image }) => image.id)).not.toContain(id);
    expect(await darkroom.similar(id, { owner: 'nobody' })).toMatchObject({ hits: [] });
    await expect(darkroom.similar('nonsense')).rejects.toMatchObject({ kind: 'ImageNotFound' });
    await expect(darkroom.similar(id, { limit: 0 })).rejects.toMatchObject({
      kind: 'InvalidInput',
    });
  });

  /** A model that knows what its words have in common, as those of providers do. */
  function thinking(embed?: EmbeddingProvider['embed']): EmbeddingProvider {
    const about = (text: string) => (/boat|ship|harbor/i.test(text) ? [1, 0] : [0, 1]);
    return {
      source: { provider: 'openai', model: 'thinker', version: '1' },
      dimensions: 2,
      embed: embed ?? (async (texts) => texts.map(about)),
    };
  }

  function searchWith(configured: EmbeddingProvider) {
    const { darkroom, deps } = pipeline;
    const known = [configured, openBuiltinEmbedding()];
    const { catalog } = deps;
    const embedders: Embedders = {
      configured,
      of: (space) => known.find((it) => makes(it, space)),
    };
    return search({
      reach: () => catalog,
      viewsOf: darkroom.viewsOf,
      minLikeness: 0.5,
      spaceForQueries: querySpaces({ catalog, embedders }),
    });
  }

  it('asks the older model until every image has a vector of the new one', async () => {
    const { images } = pipeline.deps.catalog;
    const configured = thinking();
    const ids = (await pipeline.darkroom.images()).map(({ id }) => id);
    const harbor = await idOf('HarborAtDawn.jpg');
    const models = async (query: string) => {
      const { hits } = await searchWith(configured).search({ query });
      const why = hits.flatMap((hit) => hit.why);
      return [...new Set(why.flatMap((it) => (it.by === 'meaning' ? [it.model] : [])))];
    };
    expect(await models('harbor dawn')).toEqual(['hashed-words-256']);
    for (const id of ids) {
      expect(await models('ship')).toEqual([]);
      const vector = id === harbor ? [1, 0] : [0, 1];
      await images.recordEmbedding(id, vector, configured.source);
    }
    expect(await models('ship')).toEqual(['thinker']);
    expect(names(await searchWith(configured).search({ query: 'ship' }))).toEqual([
      'HarborAtDawn.jpg',
    ]);
    // A server that knows no such model has the builtin one still.
    expect(
      openEmbedders({ configured: openBuiltinEmbedding() }).of({
        provider: 'openai',
        model: 'thinker',
        dims: 2,
      }),
    ).toBeUndefined();
    expect(names(await pipeline.darkroom.search({ query: 'harbor' }))).toEqual([
      'HarborAtDawn.jpg',
    ]);
  });

  it('goes on with words and colours when the provider is away, and says so', async () => {
    const away = thinking(() => Promise.reject(new DarkroomError('SourceUnavailable')));
    const found = await searchWith(away).search({ query: 'red' });
    expect(names(found)).toEqual(['IMG_0001.jpg', 'IMG_0002.jpg']);
    expect(found.withoutMeaning).toMatch(/cannot be read right now/);
  });

  it('sweeps the vectors of a replaced model, and makes the index of a new one', async () => {
    const rows = async (text: string) => (await database.query<{ name: string }>(text)).rows;
    await database.query(`update image_embeddings set created_at = now() - interval '2 hours'`);
    await expect(pipeline.darkroom.sweep()).resolves.toMatchObject({ vectorsRemoved: 7 });
    // Builtin is what is configured here, so the other one is what was given up.
    expect(await rows('select distinct model as name from image_embeddings')).toEqual([
      { name: 'hashed-words-256' },
    ]);
    expect(
      await rows(`select indexname as name from pg_indexes where indexname like '%thinker%'`),
    ).toHaveLength(1);
  });
});
