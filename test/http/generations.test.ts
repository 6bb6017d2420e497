import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { FAKE_WEBHOOK_SECRET } from '../../src/dev/fake-replicate.js';
import { DarkroomError } from '../../src/domain/failures.js';
import { signatureOf } from '../../src/notify/sign.js';
import { ended, QUICK } from '../support/generations.js';
import { startHttp, type Ask, type TestHttp } from '../support/http.js';

const UNKNOWN = '00000000-0000-7000-8000-000000000000';

describe.sequential('the routes of generations', () => {
  let http: TestHttp;
  beforeAll(async () => {
    http = await startHttp({
      replace: () => QUICK,
      env: { MOCK_GENERATION_MS: '200' },
      settings: { replicateWebhookSecret: FAKE_WEBHOOK_SECRET },
    });
  });
  afterAll(() => http[Symbol.asyncDispose]());

  const post = (json: unknown, how: Ask = {}) =>
    http.ask('/api/v1/generations', { method: 'POST', as: 'alice', json, ...how });
  const small = { prompt: 'a red door', width: 64, height: 64 };

  it('take a prompt alone and make a picture of it', async () => {
    const { status, body } = await post({ ...small, backend: 'mock' });
    expect(status).toBe(202);
    const id = body.id as string;
    await ended(http.pipeline, id);
    const found = await http.ask(`/api/v1/generations/${id}`, { as: 'alice' });
    expect(found.body).toMatchObject({
      ...{ id, ownerId: 'alice', status: 'completed', progress: 100, provider: 'mock' },
      ...{ width: 64, height: 64, timeoutSeconds: 600, styledPrompt: 'a red door' },
    });
    const image = await http.ask(`/api/v1/images/${found.body.imageId as string}`, { as: 'alice' });
    expect(image.body).toMatchObject({ fileName: 'a-red-door.png', ownerId: 'alice' });
  });

  it('take a list, all of it or nothing, and say what is wrong with each', async () => {
    const good = await post([small, { ...small, prompt: 'a blue door' }]);
    expect(good.status).toBe(202);
    expect(good.body).toEqual([{ id: expect.any(String) }, { id: expect.any(String) }]);
    const bad = await post([small, { prompt: 7, width: 'wide' }, small, { style: 'baroque' }]);
    expect(bad).toMatchObject({ status: 400, body: { kind: 'InvalidInput' } });
    expect(bad.body.detail).toMatch(
      /^\[1\] The prompt must be a text\. The width must be .* \[3\] The prompt is missing\. There is no style "baroque"/,
    );
    expect((await post([])).status).toBe(400);
    expect((await post('a red door')).status).toBe(400);
  });

  it('go in front of those of other owners for administrators only', async () => {
    for (const json of [{ ...small, priority: 1 }, [small, { ...small, priority: 1_000_000 }]]) {
      const refused = await post(json);
      expect(refused).toMatchObject({ status: 403, body: { kind: 'Forbidden' } });
      expect(refused.body.detail).toMatch(/^A priority above 0 goes in front of other owners/);
      expect((await post(json, { as: 'admin' })).status).toBe(202);
    }
    for (const priority of [0, -5]) expect((await post({ ...small, priority })).status).toBe(202);
    expect((await post({ ...small, priority: 'first' })).status).toBe(400);
  });

  it('answer a repeated request with the first answer', async () => {
    const headers = { 'idempotency-key': 'the-same-picture' };
    const first = await post(small, { headers });
    const again = await post(small, { headers });
    expect(again.body).toEqual(first.body);
    expect(again.headers.get('idempotency-replayed')).toBe('true');
  });

  it('are not made twice when the first answer was lost', async () => {
    const headers = { 'idempotency-key': 'the-answer-is-lost' };
    const lost = new DarkroomError('DatabaseUnavailable', 'the answer cannot be kept');
    const answer = vi.spyOn(http.deps.idempotency, 'answer').mockRejectedValueOnce(lost);
    expect(await post([small, small], { headers })).toMatchObject({ status: 503 });
    const made = await http.ask('/api/v1/generations', { as: 'alice' });
    const ids = (made.body.generations as { id: string }[]).map(({ id }) => id);

    const other = await post([small], { headers });
    expect(other).toMatchObject({ status: 422, body: { kind: 'RepetitionDiffers' } });
    const again = await post([small, small], { headers });
    answer.mockRestore();
    expect(again.status).toBe(202);
    const two = again.body as unknown as { id: string }[];
    expect(ids.slice(0, 2)).toEqual(expect.arrayContaining(two.map(({ id }) => id)));
    const after = await http.ask('/api/v1/generations', { as: 'alice' });
    expect(after.body.generations).toHaveLength(ids.length);
    expect(await post([small, small], { headers })).toMatchObject({ status: 202, body: two });

    const own = { ...small, id: randomUUID() };
    expect(await post(own)).toMatchObject({ status: 202, body: { id: own.id } });
    expect(await post(own)).toMatchObject({ status: 202, body: { id: own.id } });
    for (const another of [{ ...own, prompt: 'a blue door' }, [own, own]]) {
      const refused = await post(another);
      expect(refused).toMatchObject({ status: 400, body: { kind: 'InvalidInput' } });
    }
    expect(await post({ ...small, prompt: 'cut off \ud83d' })).toMatchObject({ status: 400 });
    expect(await post({ ...small, id: 'mine' })).toMatchObject({ status: 400 });
  });

  it('show everybody their own only', async () => {
    const { body } = await post({ ...small, owner: 'bob' }, { as: 'admin' });
    const id = body.id as string;
    const ofAlice = await http.ask('/api/v1/generations', { as: 'alice' });
    const owners = (ofAlice.body.generations as { ownerId: string }[]).map((it) => it.ownerId);
    expect(new Set(owners)).toEqual(new Set(['alice']));
    for (const method of ['GET', 'DELETE']) {
      const others = await http.ask(`/api/v1/generations/${id}`, { as: 'alice', method });
      expect(others).toMatchObject({ status: 404, body: { kind: 'GenerationNotFound' } });
    }
    expect(await post({ ...small, owner: 'bob' })).toMatchObject({ status: 403 });
    const asked = await http.ask('/api/v1/generations?owner=bob', { as: 'alice' });
    expect(asked.status).toBe(403);
    const ofBob = await http.ask('/api/v1/generations?owner=bob');
    expect(ofBob.body.generations).toMatchObject([{ id }]);
    expect(await post(small, { as: 'nobody' })).toMatchObject({ status: 401 });
  });

  it('list page by page, and by status', async () => {
    const first = await http.ask('/api/v1/generations?limit=2', { as: 'alice' });
    expect(first.body.generations).toHaveLength(2);
    const second = await http.ask(first.body.next as string, { as: 'alice' });
    expect(second.body.generations).not.toEqual(first.body.generations);
    const failed = await http.ask('/api/v1/generations?status=failed', { as: 'alice' });
    expect(failed.body).toEqual({ generations: [] });
    expect((await http.ask('/api/v1/generations?status=gone')).status).toBe(400);
  });

  it('cancel what goes on, and refuse to cancel what has ended', async () => {
    await http.pipeline.stopWorkers();
    const { body } = await post(small);
    const path = `/api/v1/generations/${body.id as string}`;
    const cancelled = await http.ask(path, { method: 'DELETE', as: 'alice' });
    expect(cancelled).toMatchObject({
      status: 202,
      body: { cancelRequestedAt: expect.any(String) },
    });
    await http.pipeline.startWorkers();
    expect(await ended(http.pipeline, body.id as string)).toMatchObject({ status: 'cancelled' });
    const again = await http.ask(path, { method: 'DELETE', as: 'alice' });
    expect(again).toMatchObject({ status: 409, body: { kind: 'GenerationEnded' } });
  });

  it('count them in the metrics', async () => {
    const { text } = await http.ask('/metrics');
    expect(text).toMatch(/darkroom_generations\{status="cancelled"\} 1/);
    expect(text).toMatch(/darkroom_generations_oldest_pending_seconds 0/);
  });

  describe('of webhooks', () => {
    let id: string;
    beforeAll(async () => {
      const { body } = await post(small);
      id = body.id as string;
      await ended(http.pipeline, id);
    });
    const send = (more: { at?: number; secret?: string; about?: string; body?: string } = {}) => {
      const { at = Math.floor(Date.now() / 1000), secret = FAKE_WEBHOOK_SECRET } = more;
      const signed = { id: 'msg_1', timestamp: at, body: '{"status": "succeeded"}' };
      const signature = signatureOf(signed, secret).toString('base64');
      return http.ask(`/hooks/replicate/${more.about ?? id}/1`, {
        ...{ method: 'POST', as: 'nobody', body: more.body ?? signed.body },
        headers: {
          'webhook-id': signed.id,
          'webhook-timestamp': String(at),
          'webhook-signature': `v1,${signature}`,
        },
      });
    };
    const wokenAt = async () => (await http.pipeline.deps.catalog.generations.pulse(id)).wokenAt;

    it('wake whoever waits, and do no harm twice or late', async () => {
      expect((await send()).status).toBe(204);
      const first = await wokenAt();
      expect(first).toEqual(expect.any(Date));
      expect((await send()).status).toBe(204);
      await vi.waitUntil(async () => Number(await wokenAt()) > Number(first));
      expect(await http.pipeline.darkroom.generation(id)).toMatchObject({ status: 'completed' });
    });

    it('are refused when they are forged, stale or about nothing', async () => {
      const other = `whsec_${Buffer.alloc(32, 'somebody').toString('base64')}`;
      expect((await send({ secret: other })).status).toBe(401);
      expect((await send({ body: '{"status":"succeeded"}' })).status).toBe(401);
      expect((await send({ at: Math.floor(Date.now() / 1000) - 3_600 })).status).toBe(400);
      expect((await send({ about: UNKNOWN })).status).toBe(404);
      expect((await send({ about: 'x' })).status).toBe(404);
    });
  });
});
