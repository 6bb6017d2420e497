import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startHttp, type TestHttp } from '../support/http.js';
import { facts, newImage, tier } from '../catalog/records.js';

const SECRET = 'alices-secret';

describe('the token of an owner', () => {
  let http: TestHttp;
  let id: string;

  beforeAll(async () => {
    http = await startHttp({ workers: false });
    const { images } = http.pipeline.deps.catalog;
    for (const owner of ['alice', 'bob']) {
      const image = { ...newImage(`${owner}s-secret`, owner), ownerId: owner };
      const registered = await images.register(image);
      await images.recordOriginal(registered.id, facts());
      await images.recordTier(registered.id, tier('sm'));
      if (owner === 'alice') id = registered.id;
    }
  });
  afterAll(() => http[Symbol.asyncDispose]());

  /** Every route that owners may call, of the document, with the id of alice's image in it. */
  async function routes() {
    const { body } = await http.ask('/openapi.json', { as: 'nobody' });
    const paths = body.paths as Record<string, Record<string, { 'x-role'?: string }>>;
    return Object.entries(paths).flatMap(([path, operations]) =>
      Object.entries(operations)
        .filter(([, operation]) => operation['x-role'] === 'owner')
        .map(([method]) => ({ path, method: method.toUpperCase() })),
    );
  }

  it('finds nothing of another owner at any route, and changes nothing', async () => {
    const { images } = http.pipeline.deps.catalog;
    const before = await images.get(id);
    let withId = 0;
    for (const { path, method } of await routes()) {
      const query = path === '/api/v1/search' ? '?query=secret' : '';
      const answer = await http.ask(path.replace('{id}', id) + query, { as: 'bob', method });
      const name = `${method} ${path}`;
      expect.soft(answer.text, name).not.toMatch(/alice/);
      // Whoever asks for an id has it.
      if (!path.includes('{id}')) {
        expect.soft(answer.text, name).not.toContain(id);
        continue;
      }
      withId += 1;
      expect.soft(answer.status, name).toBe(404);
    }
    expect(withId).toBeGreaterThan(6);
    await expect(images.get(id)).resolves.toEqual(before);
  });

  it('finds its own at the same routes', async () => {
    for (const path of [`/api/v1/images/${id}`, '/api/v1/images', '/api/v1/search?query=secret']) {
      const answer = await http.ask(path, { as: 'alice' });
      expect(answer.status, path).toBe(200);
      expect(answer.text, path).toContain(SECRET);
      expect(answer.text, path).not.toContain('bob');
    }
  });

  it('is told why something failed, and not what our servers are called', async () => {
    const { images, generations } = http.pipeline.deps.catalog;
    const failure = {
      kind: 'StorageUnavailable',
      message: 'no answer from 10.0.0.7:7070',
    } as const;
    await images.recordFailure(id, ['metadata'], { ...failure, at: new Date().toISOString() });
    const asked = { ownerId: 'alice', prompt: 'a red door' };
    const [generation] = await generations.add([asked]);
    await generations.fail(generation?.id ?? '', failure);
    for (const path of [
      ...[`/api/v1/images/${id}`, '/api/v1/images', '/api/v1/search?query=secret'],
      ...[`/api/v1/images/${id}/story`, '/api/v1/generations'],
      `/api/v1/generations/${generation?.id}`,
    ]) {
      const told = await http.ask(path, { as: 'alice' });
      expect(told.text, path).toContain('The storage cannot be reached right now.');
      expect(told.text, path).not.toContain('10.0.0.7');
      expect((await http.ask(path)).text, path).toContain('10.0.0.7');
    }
  });

  it('is told of others only by an administrator', async () => {
    const { text } = await http.ask('/api/v1/images');
    expect(text).toContain('alice');
    expect(text).toContain('bob');
    const ofBob = await http.ask('/api/v1/images?owner=bob');
    expect(ofBob.text).not.toContain('alice');
  });
});
