import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startHttp, type TestHttp } from '../support/http.js';
import { picture } from '../support/pictures.js';

describe.sequential('the routes of images', () => {
  let http: TestHttp;
  let image: Buffer;
  let id: string;
  beforeAll(async () => {
    http = await startHttp();
    image = await picture({ widthPx: 700, heightPx: 500 });
  });
  afterAll(() => http[Symbol.asyncDispose]());

  function form(fields: Record<string, string>, file: Buffer | undefined, name = 'beach.jpg') {
    const form = new FormData();
    for (const [key, value] of Object.entries(fields)) form.append(key, value);
    if (file !== undefined) form.append('file', new Blob([new Uint8Array(file)]), name);
    return form;
  }

  it('take an upload by form, and the same bytes of the same owner once', async () => {
    const first = await http.ask('/api/v1/images', {
      ...{ method: 'POST', as: 'alice', body: form({}, image) },
    });
    expect(first).toMatchObject({ status: 201, body: { created: true } });
    id = first.body.id as string;
    expect(first.headers.get('location')).toBe(`/api/v1/images/${id}`);
    const again = await http.ask('/api/v1/images', {
      ...{ method: 'POST', as: 'admin', body: form({ owner: 'alice' }, image) },
    });
    expect(again).toMatchObject({ status: 200, body: { id, created: false } });
    const ofBob = await http.ask('/api/v1/images?fileName=mine.jpg', {
      ...{ method: 'POST', as: 'bob', body: new Uint8Array(image) },
      headers: { 'content-type': 'image/jpeg' },
    });
    expect(ofBob).toMatchObject({ status: 201, body: { created: true } });
    expect(ofBob.body.id).not.toBe(id);
  });

  it('show one when it is ready', async () => {
    await http.pipeline.darkroom.process(id, { wait: true });
    const { status, body } = await http.ask(`/api/v1/images/${id}`, { as: 'alice' });
    expect(status).toBe(200);
    expect(body).toMatchObject({ id, fileName: 'beach.jpg', readyMaxWidth: 700, ownerId: 'alice' });
    expect(body.pictureHtml).toContain('<picture>');
  });

  it('answer for what belongs to somebody else as for what is not there', async () => {
    const others = await http.ask(`/api/v1/images/${id}`, { as: 'bob' });
    const unknown = await http.ask('/api/v1/images/00000000-0000-0000-0000-000000000000', {
      as: 'bob',
    });
    expect(others.status).toBe(404);
    expect({ ...others.body, requestId: '' }).toEqual({ ...unknown.body, requestId: '' });
  });

  it('do the steps again when they are asked to', async () => {
    const encodes = http.pipeline.encodes();
    const started = await http.ask(`/api/v1/images/${id}/process`, {
      ...{ method: 'POST', as: 'alice', json: { steps: ['variants'], force: true } },
    });
    expect(started).toMatchObject({ status: 202, body: { id } });
    await http.pipeline.darkroom.process(id, { wait: true });
    expect(http.pipeline.encodes()).toBeGreaterThan(encodes);
  });

  it('give an image other bytes, and the same bytes change nothing', async () => {
    const other = await picture({ widthPx: 300, heightPx: 300, seed: 5 });
    const path = `/api/v1/images/${id}/original`;
    const put = { method: 'PUT', as: 'alice' } as const;
    const replaced = await http.ask(path, { ...put, body: form({}, other, 'other.jpg') });
    expect(replaced).toMatchObject({ status: 202, body: { id, replaced: true } });
    await http.pipeline.darkroom.process(id, { wait: true });
    const again = await http.ask(path, { ...put, body: form({}, other, 'other.jpg') });
    expect(again).toMatchObject({ status: 200, body: { id, replaced: false } });
    expect((await http.ask(`/api/v1/images/${id}`)).body).toMatchObject({
      ...{ fileName: 'other.jpg', readyMaxWidth: 300 },
    });
    const refused = await http.ask(path, { ...put, as: 'bob', body: form({}, other) });
    expect(refused).toMatchObject({ status: 404, body: { kind: 'ImageNotFound' } });
  });

  it('list what somebody may see, filtered, a page at a time', async () => {
    const list = async (query: string, as: 'admin' | 'alice' = 'admin') => {
      const { body } = await http.ask(`/api/v1/images?${query}`, { as });
      return body as { images: { id: string; metadata?: { tags: string[] } }[]; next?: string };
    };
    const { images: all } = await list('');
    expect(all).toHaveLength(2);
    expect((await list('', 'alice')).images.map((it) => it.id)).toEqual([id]);
    expect((await list('owner=alice')).images.map((it) => it.id)).toEqual([id]);

    const first = await list('limit=1');
    expect(first.images).toEqual(all.slice(0, 1));
    const second = await http.ask(first.next ?? '');
    expect(second.body).toEqual({ images: all.slice(1) });

    const mine = all.find((it) => it.id === id);
    const [tag = ''] = mine?.metadata?.tags ?? [];
    expect((await list(`owner=alice&tag=${encodeURIComponent(tag)}`)).images).toHaveLength(1);
    expect((await list('tag=no-such-tag')).images).toEqual([]);
    const colors = await http.pipeline.deps.catalog.images.list({ limit: 10, color: 'no colour' });
    expect(colors).toEqual([]);
    expect((await list('status=failed')).images).toEqual([]);
    expect((await list('from=2020-01-01&to=2020-01-02')).images).toEqual([]);
    expect((await list('from=2020-01-01')).images).toHaveLength(2);
    for (const query of ['after=nonsense', 'limit=0', 'limit=1000', 'status=odd', 'from=never']) {
      const refused = await http.ask(`/api/v1/images?${query}`);
      expect(refused, query).toMatchObject({ status: 400, body: { kind: 'InvalidInput' } });
    }
  });

  it('remove an image, its original when asked', async () => {
    const path = `/api/v1/images/${id}?original=true`;
    expect(await http.ask(path, { method: 'DELETE', as: 'bob' })).toMatchObject({ status: 404 });
    const gone = await http.ask(path, { method: 'DELETE', as: 'alice' });
    expect(gone).toMatchObject({ status: 200, body: { id, originalRemoved: true } });
    expect(await http.ask(`/api/v1/images/${id}`)).toMatchObject({ status: 404 });
  });
});
