import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { startPipeline, type Pipeline } from '../support/pipeline.js';
import { openTemporaryFolder, type OpenedFolder } from '../support/temporary-folder.js';
import { darkroom, jsonOf, type Ended } from './darkroom-program.js';

describe.sequential('darkroom webhooks', () => {
  let pipeline: Pipeline;
  let folder: OpenedFolder;
  beforeAll(async () => {
    folder = openTemporaryFolder();
    pipeline = await startPipeline();
  });
  afterAll(async () => {
    await pipeline[Symbol.asyncDispose]();
    await folder[Symbol.asyncDispose]();
  });

  const run = (...args: string[]): Promise<Ended> =>
    darkroom(['webhooks', ...args], { cwd: folder.path, env: pipeline.env });

  it('registers an endpoint and shows its secret once', async () => {
    expect((await run('list')).stdout).toContain('darkroom webhooks add');
    const made = await run('add', 'https://example.com/hook', '--owner', 'ann');
    expect(made).toMatchObject({ code: 0, stderr: '' });
    const [id = '', secret = ''] = made.stdout.split('\n');
    expect(secret).toMatch(/^whsec_/);
    const listed = await run('list');
    expect(listed.stdout).toMatch(/ENDPOINT +ADDRESS +OWNER +EVENTS\n\S+ +https:\S+ +ann +image\./);
    expect(listed.stdout).not.toContain(secret);
    await expect(run('enable', id)).resolves.toMatchObject({ code: 0, stdout: `${id} enabled\n` });
    await expect(run('remove', id)).resolves.toMatchObject({ code: 0, stdout: `${id} removed\n` });
    await expect(run('remove', id)).resolves.toMatchObject({ code: 1 });
  }, 60_000);

  it('sends an event to see whether it arrives, and again', async () => {
    const events = ['--events', 'image.deleted,failures.grouped'];
    const { id } = jsonOf<{ id: string }>(await run('add', 'log:', ...events, '--json'));
    const { deliveryId } = jsonOf<{ deliveryId: string }>(await run('test', id, '--json'));
    const state = async () => (await pipeline.darkroom.webhooks.deliveries())[0]?.state;
    await vi.waitUntil(async () => (await state()) === 'delivered', 20_000);
    const listed = await run('deliveries', '--state', 'delivered');
    expect(listed.stdout).toMatch(
      /DELIVERY +EVENT .*\n\S+ +endpoint.test +log: +delivered +1 +200/,
    );
    expect(jsonOf(await run('deliveries', '--json'))).toMatchObject([{ id: deliveryId }]);
    expect((await run('deliveries', '--state', 'dead')).stdout).toContain('no such deliveries');
    await expect(run('resend', deliveryId)).resolves.toMatchObject({ code: 0 });
  }, 60_000);

  it('refuses in words', async () => {
    await expect(run('add', 'http://example.com/')).resolves.toMatchObject({
      ...{ code: 1, stderr: expect.stringContaining('only https:') },
    });
    await expect(run('add', 'log:', '--events', 'image.lost')).resolves.toMatchObject({
      ...{ code: 2, stderr: expect.stringContaining('There is no event "image.lost"') },
    });
    await expect(run('deliveries', '--state', 'lost')).resolves.toMatchObject({ code: 2 });
  }, 60_000);
});
