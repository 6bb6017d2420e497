import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { darkroom, jsonOf } from '../cli/darkroom-program.js';
import { addSmall } from '../support/add-pictures.js';
import { openAiEnv, useFakeOpenAi } from '../support/fake-openai.js';
import type { QueueView } from '../../src/client.js';
import { startHttp, type TestHttp } from '../support/http.js';
import { openTemporaryFolder } from '../support/temporary-folder.js';

const fake = useFakeOpenAi();

describe.sequential('queues and providers, as operators meet them', () => {
  let http: TestHttp;
  beforeAll(async () => {
    http = await startHttp({ env: openAiEnv(fake) });
  });
  afterAll(() => http[Symbol.asyncDispose]());

  const patch = (name: string, json: unknown, as: 'admin' | 'alice' = 'admin') =>
    http.ask(`/api/v1/queues/${name}`, { method: 'PATCH', json, as });
  const form = (path: string, fields: Record<string, string>) =>
    http.ask(path, {
      method: 'POST',
      body: new URLSearchParams(fields).toString(),
      headers: { 'content-type': 'application/x-www-form-urlencoded', 'HX-Request': 'true' },
    });
  const rateOf = async (queue: string) =>
    (await http.deps.darkroom.limits.list()).find((it) => it.queue === queue)?.ratePerMinute;

  it('are listed by the API with rates and workers', async () => {
    const listed = async () => {
      const { body } = await http.ask('/api/v1/queues');
      return (body.queues as { queue: string; takes: string }[]).find(
        (it) => it.queue === 'darkroom-metadata',
      );
    };
    await expect.poll(listed).toMatchObject({
      ...{ takes: 'activities', waiting: 0, running: 0, limited: true, ratePerMinute: 6000 },
      // Those of test files before this one are remembered for a minute.
      workers: expect.arrayContaining([
        expect.objectContaining({
          identity: expect.stringContaining(`${process.pid}@`) as string,
        }),
      ]) as object[],
    });
  });

  it('get another rate by the API, at once', async () => {
    expect(await patch('darkroom-metadata', { ratePerMinute: 30 })).toMatchObject({
      status: 200,
      body: { queue: 'darkroom-metadata', ratePerMinute: 30, usualRatePerMinute: 6000 },
    });
    expect(await rateOf('darkroom-metadata')).toBe(30);
    expect(await patch('metadata', { ratePerMinute: null })).toMatchObject({
      body: { ratePerMinute: 6000 },
    });
  });

  it('have a rate of generations too', async () => {
    const generation = { queue: 'darkroom-generation', ratePerMinute: 6 };
    expect(await patch('generation', { ratePerMinute: 6 })).toMatchObject({ body: generation });
    expect(await http.deps.darkroom.limits.list()).toContainEqual(generation);
    expect(await patch('generation', { ratePerMinute: null })).toMatchObject({ status: 200 });
    expect(await rateOf('darkroom-generation')).toBeUndefined();
  });

  it('refuse what is no rate, no queue and no administrator', async () => {
    expect(await patch('metadata', { ratePerMinute: 0 })).toMatchObject({ status: 400 });
    expect(await patch('metadata', { rate: 1 })).toMatchObject({ status: 400 });
    expect(await patch('imaging', { ratePerMinute: 5 })).toMatchObject({
      status: 400,
      body: { detail: expect.stringContaining('calls no provider') as string },
    });
    expect(await patch('nowhere', { ratePerMinute: 5 })).toMatchObject({ status: 404 });
    expect(await patch('metadata', { ratePerMinute: 5 }, 'alice')).toMatchObject({ status: 403 });
  });

  it('have a page with a row each, and forms outside of what is shown anew', async () => {
    const page = (await http.ask('/admin/queues')).text;
    for (const queue of ['darkroom-imaging', 'darkroom-metadata']) expect(page).toContain(queue);
    expect(page).toContain(`${process.pid}@`);
    expect(page).toContain('6,000/min');
    expect(page).toContain('action="/admin/queues/darkroom-metadata/rate"');
    const shownAnew = (await http.ask('/admin/queues/table')).text;
    expect(shownAnew).toContain('darkroom-metadata');
    expect(shownAnew).not.toContain('<form');
    expect((await http.ask('/admin/tasks')).text).toContain('href="/admin/queues"');
  });

  it('get another rate by the page, in words', async () => {
    const set = await form('/admin/queues/darkroom-metadata/rate', { rate: '12' });
    expect(set.text).toContain('darkroom-metadata may make 12 calls a minute now.');
    expect(await rateOf('darkroom-metadata')).toBe(12);
    const refused = await form('/admin/queues/darkroom-metadata/rate', { rate: 'many' });
    expect(refused).toMatchObject({ status: 400 });
    await form('/admin/queues/darkroom-metadata/rate', { rate: '' });
    expect(await rateOf('darkroom-metadata')).toBe(6000);
  });

  it('get another rate by the command line, and tell it', async () => {
    await using folder = openTemporaryFolder();
    const run = (...args: string[]) => darkroom(args, { cwd: folder.path, env: http.pipeline.env });
    const set = await run('limits', 'embedding', '--rate', '45/min', '--json');
    expect(jsonOf(set)).toMatchObject({ queue: 'darkroom-embedding', ratePerMinute: 45 });
    expect((await run('limits')).stdout).toMatch(/darkroom-embedding +45\/min +configured: 6000/);
    expect(await run('limits', 'embedding', '--rate', 'fast')).toMatchObject({ code: 2 });
    expect(await run('limits', 'nothing')).toMatchObject({ code: 2 });
    expect((await run('queues')).stdout).toContain('darkroom-embedding');
    expect(jsonOf(await run('limits', 'embedding', '--rate', 'usual', '--json'))).toMatchObject({
      ratePerMinute: 6000,
    });
  });

  it('say by every way that a provider is paused, and why', async () => {
    fake.useKey('another');
    const { darkroom: asked } = http.deps;
    for (let times = 0; times < 3; times += 1) await asked.providers.test('metadata');
    const tasks = async () => (await http.ask('/admin/tasks')).text;
    await expect
      .poll(tasks)
      .toContain('Descriptions wait for their provider: The provider does not accept the API key.');
    await expect
      .poll(async () => (await asked.health()).providers.says)
      .toBe('The provider of metadata is paused. The provider does not accept the API key.');
    // Without it images are made ready all the same.
    expect((await http.ask('/readyz')).body).toMatchObject({ ready: true });
    const { text } = await http.ask('/metrics');
    expect(text).toContain('darkroom_provider_circuit_open{provider="openai",step="metadata"} 1');
    expect(text).toContain('darkroom_provider_circuit_open{provider="openai",step="embedding"} 0');
    const settings = (await http.ask('/admin/settings')).text;
    expect(settings).toContain('paused');
    expect(settings).not.toContain('fake-key');
    expect((await http.ask('/api/v1/providers')).body).toMatchObject({
      providers: [{ step: 'metadata', lastFailure: { kind: 'ProviderUnauthorized' } }, {}],
    });
  });

  it('are tested by a button, which ends a pause', async () => {
    fake.useKey('another');
    expect(await form('/admin/settings/providers/metadata/test', {})).toMatchObject({
      status: 400,
      text: expect.stringContaining('does not accept the API key') as string,
    });
    fake.useKey('fake-key');
    const tested = await form('/admin/settings/providers/metadata/test', {});
    expect(tested.text).toContain('It answered: A picture in');
    expect(await http.ask('/api/v1/providers/embedding/test', { method: 'POST' })).toMatchObject({
      body: { ok: true },
    });
    expect((await http.ask('/api/v1/providers')).body.providers).toMatchObject([
      { step: 'metadata' },
      { step: 'embedding' },
    ]);
    expect((await http.ask('/admin/tasks')).text).not.toContain('wait for their provider');
  });

  it('say what a worker holds while it holds it', async () => {
    fake.fail({ delayMs: 4_000 });
    const [imageId = ''] = await addSmall(http.pipeline, 1);
    await http.deps.darkroom.process(imageId);
    const metadata = async () =>
      (await http.deps.darkroom.queues()).find(({ queue }) => queue === 'darkroom-metadata');
    await expect.poll(metadata, { interval: 200 }).toMatchObject({
      running: 1,
      scheduleToStartMs: expect.any(Number) as number,
    });
    expect((await http.ask('/admin/queues/table')).text).toContain('holds 1');
    await expect.poll(metadata, { interval: 200 }).toMatchObject({ running: 0 });
  });

  it('say what they had done within the hour', async () => {
    const history = async () =>
      ((await http.ask('/api/v1/queues')).body.queues as QueueView[]).find(
        ({ queue }) => queue === 'darkroom-metadata',
      )?.lastHour;
    await expect.poll(history, { interval: 200 }).toMatchObject({ completed: 1, failed: 0 });
    expect((await history())?.perMinute.slice(-3)).toContain(1);
    const page = (await http.ask('/admin/queues/table')).text;
    expect(page).toContain('1 done, at most 1 a minute');
    expect(page).toContain('<polyline');
  });
});
