import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startHttp, type TestHttp } from '../support/http.js';
import { picture } from '../support/pictures.js';

interface Result {
  hits: { image: { id: string; ownerId: string; fileName: string }; why: { by: string }[] }[];
  next?: string;
  nothingFound?: { kind: string; says: string };
}

describe.sequential('the routes of searches', () => {
  let http: TestHttp;
  const ids: Record<string, string> = {};
  beforeAll(async () => {
    http = await startHttp();
    const { darkroom } = http.pipeline;
    for (const [at, owner] of ['alice', 'alice', 'bob'].entries()) {
      const body = await picture({ widthPx: 300, heightPx: 200, seed: at });
      const fileName = `harbor-${at}.jpg`;
      const { id } = await darkroom.upload({ ownerId: owner, fileName, body });
      await darkroom.process(id, { wait: true });
      ids[fileName] = id;
    }
  });
  afterAll(() => http[Symbol.asyncDispose]());

  const search = async (query: string, as: 'admin' | 'alice' | 'bob' = 'admin') => {
    const answer = await http.ask(`/api/v1/search?${query}`, { as });
    return { ...answer, result: answer.body as unknown as Result };
  };
  const names = ({ hits }: Result) => hits.map(({ image }) => image.fileName).sort();

  it('find with reasons, and what is only for an owner among that owner’s images', async () => {
    const { status, result } = await search('query=harbor');
    expect(status).toBe(200);
    expect(names(result)).toEqual(['harbor-0.jpg', 'harbor-1.jpg', 'harbor-2.jpg']);
    expect(result.hits[0]).toMatchObject({
      score: expect.any(Number),
      why: expect.arrayContaining([{ by: 'words', words: ['harbor'] }]),
    });
    expect(names((await search('query=harbor', 'alice')).result)).toEqual([
      'harbor-0.jpg',
      'harbor-1.jpg',
    ]);
    expect(names((await search('query=harbor&owner=bob')).result)).toEqual(['harbor-2.jpg']);
    expect(await search('query=harbor&owner=bob', 'alice')).toMatchObject({ status: 403 });
  });

  it('go on page by page, and take tags as often as one likes', async () => {
    const first = await search('query=harbor&limit=2');
    expect(first.result.hits).toHaveLength(2);
    expect(first.headers.get('link')).toBe(`<${first.result.next}>; rel="next"`);
    const second = (await http.ask(first.result.next ?? '')).body as unknown as Result;
    expect(second.hits).toHaveLength(1);
    expect(second).not.toHaveProperty('next');
    const tagged = await search('query=harbor&tag=harbor&tag=landscape');
    expect(tagged.result.hits).toHaveLength(3);
    expect((await search('query=harbor&tag=harbor&tag=nonsense')).result.hits).toEqual([]);
  });

  it('say why nothing was found', async () => {
    expect((await search('query=xqzvw')).result).toEqual({
      hits: [],
      nothingFound: { kind: 'nothingClose', says: expect.stringContaining('close enough') },
    });
    const none = await search('query=harbor&to=2001-01-01');
    expect(none.result.nothingFound?.kind).toBe('filters');
  });

  it.each([
    '',
    'query=',
    `query=${'x'.repeat(501)}`,
    'query=x&color=nonsense',
    'query=x&limit=0',
    'query=x&limit=101',
    'query=x&limit=many',
    'query=x&from=never',
    'query=x&from=2026-01-02&to=2026-01-01',
    'query=x&after=nonsense',
    'query=x&tag=%00',
  ])('refuse "%s"', async (query) => {
    expect(await search(query)).toMatchObject({ status: 400, body: { kind: 'InvalidInput' } });
  });

  it('give what is similar to an image to those who may see it, of those they may see', async () => {
    const path = `/api/v1/images/${ids['harbor-0.jpg']}/similar`;
    const of = async (as: 'admin' | 'alice', query = '') =>
      (await http.ask(`${path}${query}`, { as })).body as unknown as Result;
    expect(names(await of('admin'))).toEqual(['harbor-1.jpg', 'harbor-2.jpg']);
    expect(names(await of('admin', '?owner=bob'))).toEqual(['harbor-2.jpg']);
    expect(names(await of('alice'))).toEqual(['harbor-1.jpg']);
    expect((await of('alice', '?limit=1')).hits).toHaveLength(1);
    expect(await http.ask(path, { as: 'bob' })).toMatchObject({ status: 404 });
    expect(await http.ask(`${path}?owner=bob`, { as: 'alice' })).toMatchObject({ status: 403 });
    expect(await http.ask(`${path}?limit=0`)).toMatchObject({ status: 400 });
  });
});
