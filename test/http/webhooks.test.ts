import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { startHttp, type TestHttp } from '../support/http.js';
import { openReceiver } from '../support/receiver.js';

const base = '/api/v1/webhooks';

describe.sequential('webhooks over HTTP', () => {
  let http: TestHttp;
  beforeAll(async () => {
    http = await startHttp({ env: { ALLOW_PRIVATE_URLS: '1' } });
  });
  afterAll(() => http[Symbol.asyncDispose]());

  const post = (path: string, json?: unknown) =>
    http.ask(path, { method: 'POST', ...(json !== undefined && { json }) });
  const deliveries = async (query = '') =>
    (await http.ask(`${base}/deliveries${query}`)).body.deliveries as Record<string, unknown>[];

  it('are for administrators', async () => {
    const json = { url: 'https://example.com/' };
    const asAlice = await http.ask(base, { as: 'alice', method: 'POST', json });
    expect(asAlice).toMatchObject({ status: 403, body: { kind: 'Forbidden' } });
    expect(await http.ask(base, { as: 'nobody' })).toMatchObject({ status: 401 });
    expect(await http.ask(`${base}/deliveries`, { as: 'bob' })).toMatchObject({ status: 403 });
  });

  it('are registered, tested, sent again, enabled and removed', async () => {
    const receiver = await openReceiver();
    const made = await post(base, { url: receiver.url, owner: 'alice', events: ['image.deleted'] });
    expect(made).toMatchObject({ status: 201, body: { secret: expect.stringMatching(/^whsec_/) } });
    const { id, secret } = made.body as { id: string; secret: string };
    const listed = await http.ask(base);
    expect(listed.body.endpoints).toMatchObject([{ id, ownerId: 'alice', url: receiver.url }]);
    expect(listed.text).not.toContain(secret);

    const tested = await post(`${base}/${id}/test`);
    expect(tested).toMatchObject({ status: 202 });
    await vi.waitUntil(async () => (await deliveries('?state=delivered')).length === 1, 20_000);
    const [delivery] = await deliveries();
    expect(delivery).toMatchObject({
      ...{ id: tested.body.deliveryId, endpointId: id, url: receiver.url, type: 'endpoint.test' },
      ...{ state: 'delivered', attempts: 1, lastStatus: 204, payload: { endpointId: id } },
    });
    expect(delivery).not.toHaveProperty('secret');
    const again = await post(`${base}/deliveries/${String(delivery?.id)}/resend`);
    expect(again).toMatchObject({ status: 202 });
    await vi.waitUntil(() => receiver.received.length === 2, 20_000);
    expect(receiver.received[1]?.id).toBe(receiver.received[0]?.id);

    expect(await post(`${base}/${id}/enable`)).toMatchObject({ status: 200 });
    const removed = await http.ask(`${base}/${id}`, { method: 'DELETE' });
    expect(removed).toMatchObject({ status: 200, body: { id } });
    expect(await deliveries()).toEqual([]);
  }, 60_000);

  it('are refused in words', async () => {
    const invalid = { status: 400, body: { kind: 'InvalidInput' } };
    expect(await post(base, { url: 'https://example.com/', events: ['x'] })).toMatchObject(invalid);
    expect(await post(base, { url: 'https://example.com/', evil: 1 })).toMatchObject(invalid);
    expect(await post(base, { url: 'nonsense' })).toMatchObject({
      ...{ status: 400, body: { detail: 'this is not an address' } },
    });
    expect(await http.ask(`${base}/deliveries?state=lost`)).toMatchObject(invalid);
    expect(await http.ask(`${base}/deliveries?after=x`)).toMatchObject(invalid);
    expect(await post(`${base}/deliveries/x/resend`)).toMatchObject({
      ...{ status: 404, body: { kind: 'DeliveryNotFound' } },
    });
  });

  it('are listed page by page', async () => {
    const made = await post(base, { url: 'log:' });
    const id = String(made.body.id);
    for (let i = 0; i < 3; i++) await post(`${base}/${id}/test`);
    const first = await http.ask(`${base}/deliveries?limit=2&endpoint=${id}`);
    expect(first.body.deliveries).toHaveLength(2);
    const second = await http.ask(String(first.body.next));
    expect(second.body.deliveries).toHaveLength(1);
    expect(second.body.next).toBeUndefined();
  });
});
