import { randomBytes } from 'node:crypto';
import { Client } from '@temporalio/client';
import { NativeConnection } from '@temporalio/worker';
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { openDarkroom } from '../../src/client.js';
import { loadWorkerConfig } from '../../src/config/config.js';
import { createWorkers } from '../../src/create-workers.js';
import { payloadKeys } from '../../src/config/payload-keys.js';
import { generationWorkflowId, imageWorkflowId } from '../../src/domain/ids.js';
import { dataConverterFor } from '../../src/payloads/data-converter.js';
import { everythingIn } from '../support/everything-in.js';
import { ask, ended, QUICK } from '../support/generations.js';
import { picture } from '../support/pictures.js';
import { startPipeline, type Pipeline } from '../support/pipeline.js';

const keyOf = (name: string) => `${name}:${randomBytes(32).toString('base64')}`;
const [FIRST, SECOND] = [keyOf('first'), keyOf('second')];
const NAME = 'the secret harbour.jpg';

describe.sequential('with TEMPORAL_PAYLOAD_KEYS', () => {
  let pipeline: Pipeline;
  beforeAll(async () => {
    pipeline = await startPipeline({
      env: { TEMPORAL_PAYLOAD_KEYS: FIRST, MOCK_GENERATION_MS: '10' },
      replace: () => QUICK,
    });
    await pipeline.addPictures({
      [NAME]: await picture({ widthPx: 700, heightPx: 500 }),
      'broken harbour.jpg': Buffer.from('no picture of a harbour'),
    });
  });
  afterAll(() => pipeline[Symbol.asyncDispose]());

  const idOf = async (fileName: string) => {
    const images = await pipeline.darkroom.images();
    return images.find((image) => image.fileName === fileName)?.id ?? '';
  };
  /** As somebody sees it who can read the server and has no key. */
  const kept = async (workflowId: string) => {
    const handle = pipeline.temporal.workflow.getHandle(workflowId);
    const history = await handle.fetchHistory();
    return { history, words: everythingIn([history, (await handle.describe()).raw]) };
  };
  const withKeys = (keys: string) => openDarkroom({ ...pipeline.env, TEMPORAL_PAYLOAD_KEYS: keys });

  it('images become ready, and Temporal keeps nothing of them in plain words', async () => {
    const id = await idOf(NAME);
    await pipeline.darkroom.process(id, { wait: true });
    const { words } = await kept(imageWorkflowId(id));
    expect(words).toContain('binary/encrypted');
    expect(words).not.toMatch(/harbour|variants\/|widthPx|"steps"/);
  });

  it('pictures are made, and who has no key reads nothing of their prompts', async () => {
    const prompt = 'A nightingale over the harbour';
    const id = await ask(pipeline, { prompt });
    const { status, imageId = '' } = await ended(pipeline, id);
    expect(status).toBe('completed');
    await pipeline.darkroom.process(imageId, { wait: true });
    for (const workflowId of [generationWorkflowId(id), imageWorkflowId(imageId)]) {
      const { words } = await kept(workflowId);
      expect(words).toContain('binary/encrypted');
      expect(words).not.toMatch(/nightingale|harbour/i);
    }
    const { connection } = pipeline.temporal;
    const dataConverter = dataConverterFor(payloadKeys(FIRST));
    const { workflow } = new Client({ connection, dataConverter });
    const described = await workflow.getHandle(generationWorkflowId(id)).describe();
    expect(await described.staticSummary()).toBe(prompt);
  });

  it('failures are encrypted too, and their kind and words are known to those who have the key', async () => {
    const id = await idOf('broken harbour.jpg');
    await expect(pipeline.darkroom.process(id, { wait: true })).rejects.toMatchObject({
      kind: 'NotAnImage',
    });
    const { words } = await kept(imageWorkflowId(id));
    expect(words).toContain('Encoded failure');
    expect(words).not.toMatch(/content of the file|not an image|harbour|\.ts:/);
    const story = await pipeline.darkroom.story(id);
    expect(story?.attempts).toContainEqual(
      expect.objectContaining({
        outcome: 'failed',
        failure: { kind: 'NotAnImage', message: 'The content of the file is not an image.' },
      }),
    );
  });

  it('a new key in front reads what the old one wrote, and stories have their tiers', async () => {
    await using renewed = await withKeys(`${SECOND},${FIRST}`);
    const story = await renewed.story(await idOf(NAME));
    expect(story?.attempts.map(({ label }) => label)).toContain('tier 640');
  });

  it('who has only another key is told which one is missing', async () => {
    await using other = await withKeys(SECOND);
    await expect(other.story(await idOf(NAME))).rejects.toThrow(
      /the key "first", which TEMPORAL_PAYLOAD_KEYS does not have/,
    );
  });

  it('a worker without the key says so in the history, where one looks, and does nothing', async () => {
    await pipeline.stopWorkers();
    const { TEMPORAL_PAYLOAD_KEYS: _keys, ...env } = pipeline.env;
    const connection = await NativeConnection.connect({ address: inject('temporalAddress') });
    const workers = await createWorkers(loadWorkerConfig(env), connection, pipeline.deps);
    const running = Promise.allSettled(workers.map((worker) => worker.run()));
    const id = await idOf(NAME);
    await pipeline.darkroom.process(id, { force: true });
    await vi.waitUntil(
      async () => {
        const { words } = await kept(imageWorkflowId(id));
        return words.includes('the key "first", which TEMPORAL_PAYLOAD_KEYS does not have');
      },
      { timeout: 30_000, interval: 100 },
    );
    for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
    await running;
    await connection.close();
    await pipeline.startWorkers();
    await pipeline.darkroom.process(id, { wait: true });
  });
});
