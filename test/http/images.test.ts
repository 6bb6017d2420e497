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
});
