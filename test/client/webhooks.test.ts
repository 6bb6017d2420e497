import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Darkroom } from '../../src/client.js';
import { ensureAdminEndpoint } from '../../src/client/admin-endpoint.js';
import { checkedSecret, newSecret } from '../../src/notify/sign.js';
import { startPipeline, type Pipeline } from '../support/pipeline.js';

const URL = 'https://example.com/hook';
const UNKNOWN = '00000000-0000-7000-8000-000000000000';

const OF_AN_OWNER = [
  'image.completed',
  'image.failed',
  'image.deleted',
  'generation.completed',
  'generation.failed',
];

describe.sequential('endpoints', () => {
  let pipeline: Pipeline;
  let webhooks: Darkroom['webhooks'];
  beforeAll(async () => {
    pipeline = await startPipeline({ workers: false });
    webhooks = pipeline.darkroom.webhooks;
  });
  afterAll(() => pipeline[Symbol.asyncDispose]());

  it.each([
    [{}, [...OF_AN_OWNER, 'run.finished']],
    [{ ownerId: 'ann' }, OF_AN_OWNER],
    [{ admin: true }, ['failures.grouped', 'run.finished']],
    [
      { admin: true, events: ['image.failed', 'image.deleted'] },
      ['failures.grouped', 'image.deleted'],
    ],
    [{ events: ['image.failed', 'image.failed'] }, ['image.failed']],
  ])('of the kind %j get the events %j', async (kind, events) => {
    const { id, secret } = await webhooks.create({ url: URL, ...kind });
    expect(checkedSecret(secret)).toBe(secret);
    const made = (await webhooks.list()).find((endpoint) => endpoint.id === id);
    expect(made).toMatchObject({ url: URL, events });
    expect(JSON.stringify(await webhooks.list())).not.toContain(secret);
    await webhooks.remove(id);
  });

  it.each([
    [{ url: 'nonsense' }, 'InvalidInput', 'not an address'],
    [{ url: 'http://example.com/' }, 'AddressNotAllowed', 'only https:'],
    [{ url: 'https://10.0.0.1/' }, 'AddressNotAllowed', 'not public'],
    [{ url: URL, events: [] }, 'InvalidInput', 'at least one event'],
    [{ url: URL, events: ['image.lost'] }, 'InvalidInput', 'There is no event "image.lost"'],
    [{ url: URL, ownerId: ' ' }, 'InvalidInput', 'no name'],
    [{ url: URL, ownerId: 'ann', admin: true }, 'InvalidInput', 'not both'],
    [{ url: URL, ownerId: 'ann', events: ['run.finished'] }, 'InvalidInput', 'of all owners'],
    [{ url: URL, secret: 'short' }, 'InvalidInput', 'whsec_'],
  ])('are refused like %j', async (endpoint, kind, words) => {
    const refused = { kind, message: expect.stringContaining(words) };
    await expect(webhooks.create(endpoint)).rejects.toMatchObject(refused);
    await expect(webhooks.list()).resolves.toEqual([]);
  });

  it.each([UNKNOWN, 'nonsense'])(
    'and deliveries that are not there are said so (%s)',
    async (id) => {
      const noEndpoint = { kind: 'EndpointNotFound' };
      await expect(webhooks.remove(id)).rejects.toMatchObject(noEndpoint);
      await expect(webhooks.enable(id)).rejects.toMatchObject(noEndpoint);
      await expect(webhooks.test(id)).rejects.toMatchObject(noEndpoint);
      await expect(webhooks.resend(id)).rejects.toMatchObject({ kind: 'DeliveryNotFound' });
    },
  );

  it('for administrators are taken from the environment, once, with the secret of now', async () => {
    const ensure = (secret: string, url = URL) =>
      ensureAdminEndpoint(pipeline.deps.catalog, {
        ...{ adminWebhookUrl: url, adminWebhookSecret: secret, allowPrivateUrls: false },
      });
    await expect(ensure(newSecret(), 'http://example.com/')).rejects.toMatchObject({
      kind: 'AddressNotAllowed',
    });
    const secret = newSecret();
    await Promise.all([ensure(newSecret()), ensure(newSecret())]);
    await ensure(secret);
    const [endpoint, ...others] = await webhooks.list();
    expect(others).toEqual([]);
    expect(endpoint).toMatchObject({ url: URL, events: ['failures.grouped', 'run.finished'] });
    const { deliveryId } = await webhooks.test(endpoint?.id ?? '');
    await expect(pipeline.deps.catalog.deliveries.open(deliveryId)).resolves.toMatchObject({
      secret,
    });
  });
});
