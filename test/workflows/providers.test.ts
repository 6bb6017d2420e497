import { afterEach, describe, expect, it, vi } from 'vitest';
import { openDarkroom } from '../../src/client.js';
import { loadConfig } from '../../src/config/config.js';
import { openProviders } from '../../src/open/providers.js';
import { addSmall } from '../support/add-pictures.js';
import { openAiEnv, useFakeOpenAi } from '../support/fake-openai.js';
import { picture } from '../support/pictures.js';
import { startPipeline, type Pipeline } from '../support/pipeline.js';
import { runEnd } from '../support/run-end.js';

const fake = useFakeOpenAi();
const chats = () => fake.calls.filter(({ path }) => path === '/chat/completions');

describe('a library with a paid provider', () => {
  let pipeline: Pipeline;
  afterEach(() => pipeline[Symbol.asyncDispose]());

  const images = () => pipeline.darkroom.images({ limit: 100 });
  const backfill = async (options: object = {}) => {
    const { runId } = await pipeline.darkroom.backfill.start(options);
    return runEnd(pipeline, runId);
  };

  it('pays once for the same bytes, and again only when told to', async () => {
    pipeline = await startPipeline({ env: openAiEnv(fake) });
    const same = await picture({ format: 'png', widthPx: 80, heightPx: 60, seed: 7 });
    await pipeline.addPictures({ 'a.png': same, 'b.png': same });
    expect(await backfill()).toMatchObject({ status: 'succeeded', done: 2 });
    expect(chats()).toHaveLength(1);
    const [one, other] = await images();
    expect(one).toMatchObject({
      status: 'completed',
      metadata: { description: other?.metadata?.description },
      steps: { metadata: { source: { provider: 'openai' } } },
    });
    await pipeline.darkroom.process(one?.id ?? '', { force: true, wait: true });
    expect(chats()).toHaveLength(2);
  });

  it('does again what another provider did, and only that step', async () => {
    pipeline = await startPipeline();
    await addSmall(pipeline, 2);
    await backfill();
    const encoded = pipeline.encodes();
    const env = { ...pipeline.env, ...openAiEnv(fake), EMBEDDING_PROVIDER: 'builtin' };
    await pipeline.stopWorkers();
    Object.assign(pipeline.deps, openProviders(loadConfig(env), pipeline.deps.catalog));
    await pipeline.startWorkers();
    await using switched = await openDarkroom(env);

    const stale = (steps: ('variants' | 'metadata' | 'embedding')[]) =>
      switched.backfill.preview({ scope: 'stale', steps });
    expect(await stale(['variants', 'embedding'])).toMatchObject({ images: 0 });
    expect(await stale(['variants', 'metadata', 'embedding'])).toMatchObject({
      images: 2,
      providerCalls: 4,
    });
    const { runId } = await switched.backfill.start({ scope: 'stale' });
    expect(await runEnd(pipeline, runId)).toMatchObject({ status: 'succeeded', done: 2 });
    expect(chats()).toHaveLength(2);
    expect(pipeline.encodes()).toBe(encoded);
    for (const image of await images()) {
      expect(image.steps.metadata.source).toMatchObject({ provider: 'openai' });
    }
    expect(await stale(['metadata', 'embedding'])).toMatchObject({ images: 0 });
  });

  it('has its variants though the key is wrong, and its words when it is right', async () => {
    pipeline = await startPipeline({ env: openAiEnv(fake) });
    fake.useKey('another');
    await addSmall(pipeline, 12);
    expect(await backfill()).toMatchObject({ status: 'succeeded', failed: 0 });
    // Three refusals and what was on its way by then; nobody asked after that.
    expect(chats().length).toBeLessThanOrEqual(3 + 5);
    for (const image of await images()) {
      expect(image).toMatchObject({ variantsReady: true, status: 'processing' });
      expect(image.steps.metadata.state).toBe('deferred');
      expect(['ProviderUnauthorized', 'ProviderPaused']).toContain(
        image.steps.metadata.failure?.kind,
      );
    }
    expect((await pipeline.darkroom.health()).providers).toMatchObject({ ok: false });

    // One image finds out whether it works again; the others wait.
    expect(await pipeline.darkroom.sweep()).toMatchObject({ deferredStarted: 1 });
    fake.useKey('fake-key');
    expect(await pipeline.darkroom.providers.test('metadata')).toMatchObject({ ok: true });
    await pipeline.darkroom.sweep();
    await vi.waitUntil(async () => (await images()).every((it) => it.status === 'completed'), {
      timeout: 40_000,
      interval: 200,
    });
    expect((await images()).every((it) => it.steps.metadata.failure === undefined)).toBe(true);
  }, 120_000);

  it('has all its variants while a slow provider has taken few calls', async () => {
    const slow = { METADATA_CALLS_PER_MINUTE: '10', EMBEDDING_CALLS_PER_MINUTE: '10' };
    pipeline = await startPipeline({ env: { ...openAiEnv(fake), ...slow } });
    await addSmall(pipeline, 24);
    const began = Date.now();
    await pipeline.darkroom.backfill.start({ concurrency: 4 });
    await vi.waitUntil(async () => (await images()).every((it) => it.variantsReady), {
      timeout: 50_000,
      interval: 100,
    });
    // One call every six seconds, and nobody's variants waited for theirs: with four in flight, 24
    // images behind their calls would have needed two minutes.
    const most = Math.floor((Date.now() - began) / 6_000) + 1;
    expect(chats().length).toBeLessThanOrEqual(most);
    expect(chats().length).toBeLessThan(12);
  }, 90_000);
});
