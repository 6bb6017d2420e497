import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { buildApp } from '../../src/http/app.js';
import { startHttp, type Ask, type TestHttp } from '../support/http.js';
import { picture } from '../support/pictures.js';

const BOUNDARY = 'the-boundary';

describe('the body of a request', () => {
  let http: TestHttp;
  let image: Buffer;
  beforeAll(async () => {
    http = await startHttp({
      ...{ workers: false, settings: { bodyIdleMs: 200 }, env: { MAX_FILE_MB: '1' } },
    });
    image = await picture({ format: 'png', widthPx: 20, heightPx: 20 });
  });
  afterAll(() => http[Symbol.asyncDispose]());

  const start = (how: Ask) => http.ask('/api/v1/preprocess-tasks/runs', { method: 'POST', ...how });
  const upload = (how: Ask) => http.ask('/api/v1/images', { method: 'POST', as: 'alice', ...how });
  const asJson = { 'content-type': 'application/json' };
  const asImage = { 'content-type': 'image/png' };
  const asForm = { 'content-type': `multipart/form-data; boundary=${BOUNDARY}` };

  function form(...parts: [head: string, body: string][]): string {
    const written = parts.map(
      ([head, body]) =>
        `--${BOUNDARY}\r\nContent-Disposition: form-data; ${head}\r\n\r\n${body}\r\n`,
    );
    return `${written.join('')}--${BOUNDARY}--\r\n`;
  }

  /** Sends its beginning and then nothing. */
  function stalling(beginning: string) {
    return new ReadableStream({
      start: (controller) => controller.enqueue(new TextEncoder().encode(beginning)),
    });
  }

  async function nothingWasStored() {
    expect(await http.ask('/api/v1/images', { as: 'alice' })).toMatchObject({
      ...{ status: 200, body: { images: [] } },
    });
  }

  it.each(['{', '{"scope":', 'scope=all', '[]', '"all"', 'null'])(
    'is refused when it is %s in place of JSON of the right shape',
    async (body) => {
      const refused = await start({ headers: asJson, body });
      expect(refused).toMatchObject({ status: 400, body: { kind: 'InvalidInput' } });
      expect(refused.text).not.toContain('/src/');
    },
  );

  it('is not passed over in silence when it is of another type', async () => {
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/xml']) {
      const headers = { 'content-type': type };
      const refused = await start({ headers, body: '{"force":true}' });
      expect(refused).toMatchObject({ status: 415, body: { kind: 'MediaTypeNotSupported' } });
    }
    expect(await upload({ headers: asJson, body: '{}' })).toMatchObject({ status: 415 });
  });

  it('may be empty where everything has a default', async () => {
    expect(await start({ headers: asJson, body: '' })).toMatchObject({
      body: { kind: 'NoImages' },
    });
  });

  it('is refused when it is too large, announced or not', async () => {
    const kind = 'RequestTooLarge';
    const announced = await start({ headers: { ...asJson, 'content-length': '2000000' } });
    expect(announced).toMatchObject({ status: 413, body: { kind } });
    const body = ' '.repeat(2_000_000);
    expect(await start({ headers: asJson, body })).toMatchObject({ status: 413, body: { kind } });
  });

  it('is refused when its rest does not come', async () => {
    for (const refused of [
      await start({ headers: asJson, body: stalling('{') }),
      await upload({ headers: asImage, body: stalling('PNG') }),
      await upload({
        ...{ headers: asForm },
        body: stalling(form(['name="file"; filename="a.png"', 'PNG']).slice(0, -20)),
      }),
    ]) {
      expect(refused).toMatchObject({ status: 408, body: { kind: 'RequestTooSlow' } });
    }
    await nothingWasStored();
  });

  it('is refused as an image when it is too large, empty, or cut off', async () => {
    const large = new Uint8Array(1_010_000);
    expect(await upload({ headers: asImage, body: large })).toMatchObject({
      ...{ status: 413, body: { kind: 'FileTooLarge' } },
    });
    const headers = { ...asImage, 'content-length': '900000000' };
    expect(await upload({ headers, body: 'PNG' })).toMatchObject({ status: 413 });
    expect(await upload({ headers: asImage, body: '' })).toMatchObject({
      ...{ status: 422, body: { kind: 'ImageEmpty' } },
    });
    const cut = form(['name="file"; filename="a.png"', 'PNG']).slice(0, -20);
    expect(await upload({ headers: asForm, body: cut })).toMatchObject({
      ...{ status: 400, body: { kind: 'InvalidInput' } },
    });
    await nothingWasStored();
  });

  it.each([
    ['no boundary', 'multipart/form-data', form()],
    ['no parts', asForm['content-type'], form()],
    ['no file', asForm['content-type'], form(['name="owner"', 'alice'])],
    ['nothing that is a form', asForm['content-type'], 'PNG'],
    [
      'two files',
      asForm['content-type'],
      form(['name="a"; filename="a.png"', 'PNG'], ['name="b"; filename="b.png"', 'PNG']),
    ],
    [
      'the owner after the file',
      asForm['content-type'],
      form(['name="file"; filename="a.png"', 'PNG'], ['name="owner"', 'alice']),
    ],
  ])('is refused as a form with %s', async (_what, type, body) => {
    const refused = await upload({ headers: { 'content-type': type }, body });
    expect(refused).toMatchObject({ status: 400, body: { kind: 'InvalidInput' } });
    await nothingWasStored();
  });

  it('cannot bring in an image for somebody else', async () => {
    const body = form(['name="owner"', 'bob'], ['name="file"; filename="a.png"', 'PNG']);
    const byForm = await upload({ headers: asForm, body });
    expect(byForm).toMatchObject({ status: 403, body: { kind: 'Forbidden' } });
    const listing = await http.ask('/api/v1/images?owner=bob', { as: 'alice' });
    expect(listing).toMatchObject({ status: 403 });
    await nothingWasStored();
  });

  it.each([
    ['"><img src=x onerror=alert(1)>.png', '"><img src=x onerror=alert(1)>.png'],
    ['<script>alert(1)</script>.png', 'script>.png'],
    ['../../etc/passwd', 'passwd'],
    ['..\\..\\evil.png', 'evil.png'],
    ['a\r\nset-cookie: b=c.png', 'aset-cookie: b=c.png'],
    [`${'a'.repeat(300)}.png`, 'a'.repeat(255)],
  ])('may name its file %j and does no harm', async (fileName, kept) => {
    const bytes = Buffer.concat([image, Buffer.from(fileName)]);
    const query = new URLSearchParams({ fileName });
    const stored = await http.ask(`/api/v1/images?${query.toString()}`, {
      ...{ method: 'POST', as: 'bob', headers: asImage, body: new Uint8Array(bytes) },
    });
    expect(stored.status).toBe(201);
    const path = `/api/v1/images/${stored.body.id as string}`;
    const { body } = await http.ask(path, { as: 'bob' });
    expect(body.fileName).toBe(kept);
    const original = await http.ask(`${path}/original`, { as: 'bob' });
    expect(original.headers.get('content-disposition')).toMatch(
      /^attachment; filename="[\w. -]+"; filename\*=UTF-8''[\w.%!~-]+$/,
    );
  });

  it('is answered once for one Idempotency-Key, by JSON and by file', async () => {
    await http.pipeline.addPictures({ 'one.png': image });
    const headers = { 'idempotency-key': 'start-1' };
    const first = await start({ headers, json: { limit: 1 } });
    expect(first.status).toBe(201);
    const again = await start({ headers, json: { limit: 1 } });
    expect(again).toMatchObject({ status: 201, body: first.body });
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    const other = await start({ headers, json: { limit: 2 } });
    expect(other).toMatchObject({ status: 422, body: { kind: 'RepetitionDiffers' } });
    const unkeyed = await start({ json: { limit: 1 } });
    expect(unkeyed).toMatchObject({ status: 409, body: { kind: 'AlreadyActive' } });

    const file = { headers: { ...asImage, 'idempotency-key': 'file-1' } };
    const stored = await upload({ ...file, body: new Uint8Array(image) });
    expect(stored).toMatchObject({ status: 201, body: { created: true } });
    const repeated = await upload({ ...file, body: new Uint8Array(image) });
    expect(repeated).toMatchObject({ status: 201, body: stored.body });
    expect(repeated.headers.get('idempotency-replayed')).toBe('true');
    const otherFile = await upload({
      ...file,
      body: new Uint8Array(Buffer.concat([image, image])),
    });
    expect(otherFile).toMatchObject({ status: 422 });
  });

  it('is refused while the first with its key is being answered, and tried again when that failed', async () => {
    const headers = { ...asImage, 'idempotency-key': 'file-2' };
    const claim = vi.spyOn(http.deps.idempotency, 'claim');
    const slow = upload({ headers, body: stalling('PNG') });
    await vi.waitUntil(() => claim.mock.settledResults.some(({ type }) => type === 'fulfilled'));
    const meanwhile = await upload({ headers, body: 'PNG' });
    expect(meanwhile).toMatchObject({ status: 409, body: { kind: 'StillAnswering' } });
    expect(await slow).toMatchObject({ status: 408 });
    expect(await upload({ headers, body: 'PNG' })).toMatchObject({ status: 201 });
    const strange = { ...asImage, 'idempotency-key': 'a'.repeat(256) };
    expect(await upload({ headers: strange, body: 'PNG' })).toMatchObject({ status: 400 });
  });

  it('that makes a token is answered anew, because no token is kept', async () => {
    const how = {
      ...{ method: 'POST', json: { name: 'twice', role: 'admin' } },
      headers: { 'idempotency-key': 'token-1' },
    };
    const [first, second] = [
      await http.ask('/api/v1/tokens', how),
      await http.ask('/api/v1/tokens', how),
    ];
    expect(first.status).toBe(201);
    expect(second.body.token).not.toBe(first.body.token);
    const third = await http.ask('/api/v1/tokens', how);
    expect(third).toMatchObject({ status: 409, body: { kind: 'TooManyTokens' } });
  });

  it('brings out nothing of our insides when something unforeseen happens', async () => {
    const darkroom = { ...http.deps.darkroom, views: () => Promise.reject(new Error('at /srv/x')) };
    const reported: unknown[] = [];
    const app = buildApp({ ...http.deps, darkroom, report: (error) => reported.push(error) });
    const answer = await app.request('/api/v1/images', {
      headers: { authorization: `Bearer ${http.tokens.admin}` },
    });
    expect(answer.status).toBe(500);
    const body = (await answer.json()) as object;
    expect(body).toMatchObject({ kind: 'Unexpected', status: 500 });
    expect(JSON.stringify(body)).not.toContain('/srv/x');
    expect(reported).toHaveLength(1);
  });
});
