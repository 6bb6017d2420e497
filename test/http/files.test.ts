import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildApp } from '../../src/http/app.js';
import { FilesInFlight } from '../../src/http/files-in-flight.js';
import { startHttp, type TestHttp } from '../support/http.js';
import { picture } from '../support/pictures.js';

interface Variant {
  url: string;
  format: string;
  sizeBytes: number;
}

describe('files', () => {
  let http: TestHttp;
  let bytes: Buffer;
  let id: string;
  let variants: Variant[];
  beforeAll(async () => {
    http = await startHttp();
    bytes = await picture({ widthPx: 700, heightPx: 500 });
    const upload = { ownerId: 'alice', fileName: 'Am Meer – 1.jpg', body: bytes };
    ({ id } = await http.pipeline.darkroom.upload(upload));
    await http.pipeline.darkroom.process(id, { wait: true });
    ({ variants } = (await http.ask(`/api/v1/images/${id}`)).body as { variants: Variant[] });
  });
  afterAll(() => http[Symbol.asyncDispose]());

  const get = async (path: string, headers: Record<string, string> = {}, method = 'GET') => {
    const answer = await http.app.request(path, { method, headers });
    return {
      ...answer,
      status: answer.status,
      headers: answer.headers,
      bytes: Buffer.from(await answer.arrayBuffer()),
    };
  };

  it('that are variants go to anybody, to be kept for ever', async () => {
    expect(variants).toHaveLength(4);
    for (const { url, format, sizeBytes } of variants) {
      const { status, headers, bytes: body } = await get(url);
      expect(status).toBe(200);
      expect(body).toHaveLength(sizeBytes);
      expect(headers.get('content-type')).toBe(`image/${format}`);
      expect(headers.get('content-length')).toBe(String(sizeBytes));
      expect(headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('content-security-policy')).toBe("default-src 'none'; sandbox");
      expect(headers.get('cross-origin-resource-policy')).toBe('cross-origin');
    }
  });

  it('are not sent again to a browser that has them, nor for a HEAD', async () => {
    const { url = '', sizeBytes } = variants[0] ?? {};
    const whole = await get(url);
    const etag = whole.headers.get('etag') ?? '';
    const known = await get(url, { 'if-none-match': `"other", W/${etag}` });
    expect(known).toMatchObject({ status: 304, bytes: Buffer.alloc(0) });
    const head = await get(url, {}, 'HEAD');
    expect(head).toMatchObject({ status: 200, bytes: Buffer.alloc(0) });
    expect(head.headers.get('content-length')).toBe(String(sizeBytes));
  });

  it('are whole for a HEAD that asks for a part, which only a GET may', async () => {
    const { url = '', sizeBytes } = variants[0] ?? {};
    for (const range of ['bytes=0-9', `bytes=${sizeBytes}-`]) {
      const { status, headers } = await get(url, { range }, 'HEAD');
      expect(status, range).toBe(200);
      expect(headers.get('content-length')).toBe(String(sizeBytes));
      expect(headers.get('content-range')).toBeNull();
    }
  });

  it('that cannot be sent are answered in whole words, with nothing of the file', async () => {
    const full = new FilesInFlight({ atOnce: 0, waitMs: 20, graceMs: 60_000, bytesPerMs: 20 });
    const app = buildApp({ ...http.deps, inFlight: full });
    const headers = { authorization: `Bearer ${http.tokens.alice}` };
    const refused = await app.request(`/api/v1/images/${id}/original`, { headers });
    expect(refused.status).toBe(429);
    for (const name of ['content-length', 'content-disposition', 'etag', 'accept-ranges']) {
      expect(refused.headers.get(name), name).toBeNull();
    }
    expect(await refused.json()).toMatchObject({ kind: 'TooManyRequests' });
  });

  it('go out in parts', async () => {
    const { url = '', sizeBytes = 0 } = variants[0] ?? {};
    const { bytes: whole, headers } = await get(url);
    const parts: [range: string, first: number, last: number][] = [
      ['bytes=0-9', 0, 9],
      ['bytes=10-', 10, sizeBytes - 1],
      ['bytes=-5', sizeBytes - 5, sizeBytes - 1],
      ['bytes=5-999999999', 5, sizeBytes - 1],
      ['bytes=-999999999', 0, sizeBytes - 1],
    ];
    for (const [range, first, last] of parts) {
      const part = await get(url, { range });
      expect(part.status, range).toBe(206);
      expect(part.headers.get('content-range')).toBe(`bytes ${first}-${last}/${sizeBytes}`);
      expect(part.bytes.equals(whole.subarray(first, last + 1)), range).toBe(true);
    }
    for (const range of ['bytes=0-1,3-4', 'bytes=9-1', 'lines=1-2', 'bytes=-']) {
      expect((await get(url, { range })).status, range).toBe(200);
    }
    for (const range of [`bytes=${sizeBytes}-`, 'bytes=-0']) {
      const beyond = await get(url, { range });
      expect(beyond.status).toBe(416);
      expect(beyond.headers.get('content-range')).toBe(`bytes */${sizeBytes}`);
    }
    const changed = { range: 'bytes=0-9', 'if-range': '"other"' };
    expect((await get(url, changed)).status).toBe(200);
    const same = { range: 'bytes=0-9', 'if-range': headers.get('etag') ?? '' };
    expect((await get(url, same)).status).toBe(206);
  });

  it('are found by no trick with the path', async () => {
    const image = await http.deps.darkroom.images();
    const original = image[0]?.original ?? '';
    const [{ url = '' } = {}] = variants;
    for (const path of [
      `/variants/../${original}`,
      `/variants/%2e%2e/${original}`,
      `/variants/..%2f${original}`,
      `/${original}`,
      `/variants/${original}`,
      `/previews/${id}.jpg`,
      `/variants/previews/${id}.jpg`,
      '/variants/',
      '/variants/%00',
      '/variants/....//....//etc/passwd',
      '/variants/..\\..\\etc\\passwd',
      `/variants/${'a'.repeat(4000)}`,
      url.replace('_', '%5f'),
      `${url}%00`,
      `${url}/`,
      url.toUpperCase(),
      url.replace('/variants/', '/variants//'),
      url.replace(/[0-9a-f]{32}/, '0'.repeat(32)),
    ]) {
      expect((await get(path)).status, path).toBe(404);
    }
  });

  it('that came in go only to those who may see them, as something to keep', async () => {
    const path = `/api/v1/images/${id}/original`;
    const asAlice = { authorization: `Bearer ${http.tokens.alice}` };
    const whole = await get(path, asAlice);
    expect(whole.bytes.equals(bytes)).toBe(true);
    expect(whole.headers.get('content-type')).toBe('image/jpeg');
    expect(whole.headers.get('cache-control')).toBe('private, no-store');
    expect(whole.headers.get('content-disposition')).toBe(
      `attachment; filename="Am Meer _ 1.jpg"; filename*=UTF-8''Am%20Meer%20%E2%80%93%201.jpg`,
    );
    expect((await get(path, { ...asAlice, range: 'bytes=0-0' })).status).toBe(206);
    expect((await get(path)).status).toBe(401);
    expect((await get(path, { authorization: `Bearer ${http.tokens.bob}` })).status).toBe(404);
  });

  it('that lie outside our storage stay where they are', async () => {
    await http.pipeline.addPictures({ 'outside.jpg': bytes });
    const [outside] = await http.deps.darkroom.images({ limit: 1 });
    const answer = await http.ask(`/api/v1/images/${outside?.id}/original`);
    expect(answer).toMatchObject({ status: 404, body: { kind: 'OriginalMissing' } });
    expect(answer.text).not.toContain(http.pipeline.photos);
  });
});
