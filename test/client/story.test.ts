import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { Client, Connection } from '@temporalio/client';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Story } from '../../src/client.js';
import { storyOf } from '../../src/client/story.js';
import { DarkroomError } from '../../src/domain/failures.js';
import { imageWorkflowId } from '../../src/domain/ids.js';
import { gate } from '../support/gate.js';
import { describingBehind } from '../support/held-descriptions.js';
import { picture } from '../support/pictures.js';
import { startPipeline, type Pipeline, type PipelineOptions } from '../support/pipeline.js';

describe('the story of an image', () => {
  let pipeline: Pipeline;
  afterEach(() => pipeline[Symbol.asyncDispose]());

  const photo = () => picture({ widthPx: 700, heightPx: 500 });
  async function addOne(bytes: Buffer): Promise<string> {
    await pipeline.addPictures({ 'harbour.jpg': bytes });
    const [image] = await pipeline.darkroom.images();
    if (image === undefined) throw new Error('Nothing was imported.');
    return image.id;
  }
  const told = async (imageId: string) => {
    const story = await pipeline.darkroom.story(imageId);
    if (story === undefined) throw new Error('There is no story.');
    return story;
  };
  /** Started and seen to its end, whatever that is. */
  async function processed(options: PipelineOptions, bytes?: Buffer): Promise<string> {
    pipeline = await startPipeline(options);
    const imageId = await addOne(bytes ?? (await photo()));
    await pipeline.darkroom.process(imageId, { wait: true }).catch(() => undefined);
    return imageId;
  }
  async function forgotten(imageId: string): Promise<void> {
    const { temporal } = pipeline;
    const workflowId = imageWorkflowId(imageId);
    await temporal.workflowService.deleteWorkflowExecution({
      namespace: temporal.options.namespace,
      workflowExecution: { workflowId },
    });
    const gone = () =>
      temporal.workflow
        .getHandle(workflowId)
        .describe()
        .then(
          () => false,
          () => true,
        );
    await vi.waitUntil(gone, { timeout: 90_000, interval: 200 });
  }

  it('names every step of a good image, when it happened and who did it', async () => {
    const imageId = await processed({});
    const story = await told(imageId);

    expect(story).toMatchObject({
      source: 'temporal',
      workflowId: `image:${imageId}`,
      runId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      status: 'completed',
    });
    expect(linesOf(story).sort()).toEqual([
      'description 1 done',
      'embedding 1 done',
      'original 1 done',
      'tier 640 1 done',
      'tier 700 1 done',
    ]);
    for (const { scheduledAt, startedAt, endedAt, worker } of story.attempts) {
      expect(worker).toBe(`${process.pid}@${hostname()}`);
      const times = [story.startedAt, scheduledAt, startedAt, endedAt, story.endedAt];
      expect(times.every((time) => time instanceof Date)).toBe(true);
      expect(times).toEqual([...times].sort((a, b) => Number(a) - Number(b)));
    }
    await expect(pipeline.darkroom.story(randomUUID())).resolves.toBeUndefined();
  });

  it('tells of the tries before the one that went well', async () => {
    let tries = 0;
    const imageId = await processed({
      replace: ({ metadata }) => ({
        metadata: {
          ...metadata,
          describe: async (seen, options) => {
            tries += 1;
            if (tries <= 2) throw new Error(`the describer is broken, ${tries}`);
            return metadata.describe(seen, options);
          },
        },
      }),
    });
    const { attempts } = await told(imageId);
    const tried = attempts.filter(({ step }) => step === 'describeImage');

    expect(tried).toEqual([
      // Why the first try failed, Temporal has forgotten over the second.
      {
        ...{ step: 'describeImage', label: 'description', attempt: 1, outcome: 'failed' },
        scheduledAt: expect.any(Date),
      },
      {
        ...{ step: 'describeImage', label: 'description', attempt: 2, outcome: 'failed' },
        failure: { kind: 'Unexpected', message: 'the describer is broken, 2' },
      },
      expect.objectContaining({ attempt: 3, outcome: 'done', worker: expect.any(String) }),
    ]);
  });

  it('says of which kind a failure is, and in which words', async () => {
    const imageId = await processed({}, Buffer.from('holiday list: towels, hat'));
    const story = await told(imageId);

    expect(story.status).toBe('failed');
    expect(linesOf(story)).toEqual(['original 1 failed', 'failure filed 1 done']);
    expect(story.attempts[0]?.failure).toEqual({
      kind: 'NotAnImage',
      message: expect.stringMatching(/^[A-Z].*\.$/),
    });
  });

  it('shows what runs now and what waits for its next try', async () => {
    const held = gate();
    pipeline = await startPipeline({
      replace: (deps) => ({
        ...describingBehind(deps, held),
        encoders: {
          ...deps.encoders,
          stats: () => deps.encoders.stats(),
          run: async (job, input, options) => {
            if (job === 'encode')
              throw new DarkroomError('StorageUnavailable', 'The disk is away.');
            return deps.encoders.run(job, input, options);
          },
        },
      }),
    });
    const imageId = await addOne(await photo());
    await pipeline.darkroom.process(imageId);
    await vi.waitUntil(() => held.waiting === 1, { timeout: 10_000 });
    // Waits double from 1 s, so the third try waits for long enough to be seen.
    const shown = await vi.waitUntil(
      async () => {
        const story = await told(imageId);
        return linesOf(story).includes('tier 640 3 waiting') ? story : undefined;
      },
      { timeout: 15_000, interval: 50 },
    );

    expect(shown).toMatchObject({ source: 'temporal', status: 'running' });
    expect(shown.endedAt).toBeUndefined();
    expect(linesOf(shown).sort()).toEqual([
      'description 1 running',
      'original 1 done',
      'tier 640 1 failed',
      'tier 640 2 failed',
      'tier 640 3 waiting',
    ]);
    const [, second, third] = shown.attempts.filter(({ label }) => label === 'tier 640');
    expect(second).toMatchObject({
      endedAt: expect.any(Date),
      worker: expect.any(String),
      failure: { kind: 'StorageUnavailable', message: 'The disk is away.' },
    });
    expect(Number(third?.scheduledAt)).toBeGreaterThan(Number(second?.endedAt));
  });

  it('says that steps were given up when their workflow was terminated', async () => {
    const held = gate();
    pipeline = await startPipeline({ replace: (deps) => describingBehind(deps, held) });
    const imageId = await addOne(await photo());
    await pipeline.darkroom.process(imageId);
    await vi.waitUntil(() => held.waiting === 1, { timeout: 10_000 });
    await pipeline.temporal.workflow.getHandle(imageWorkflowId(imageId)).terminate();

    const story = await told(imageId);
    expect(story.status).toBe('terminated');
    expect(linesOf(story)).toContain('description 1 cancelled');
  });

  it('falls back to the catalog when Temporal has forgotten', async () => {
    const imageId = await processed({
      replace: ({ metadata }) => ({
        metadata: { ...metadata, describe: () => Promise.reject(new Error('no words')) },
      }),
    });
    await forgotten(imageId);
    const story = await told(imageId);

    expect(story).toMatchObject({
      source: 'catalog',
      workflowId: `image:${imageId}`,
      status: 'failed',
    });
    expect(story.attempts).toEqual([
      { step: 'variants', label: 'variants', attempt: 1, outcome: 'done' },
      {
        ...{ step: 'metadata', label: 'description', attempt: 1, outcome: 'failed' },
        endedAt: expect.any(Date),
        failure: { kind: 'Unexpected', message: 'no words' },
      },
      expect.objectContaining({ step: 'embedding', outcome: 'failed' }),
    ]);
  }, 120_000);

  it('falls back to the catalog when Temporal is away', async () => {
    const imageId = await processed({});
    const connection = Connection.lazy({ address: '127.0.0.1:1' });
    const { catalog } = pipeline.deps;
    const story = await storyOf({ client: new Client({ connection }), catalog }, imageId);
    await connection.close();

    expect(story).toMatchObject({ source: 'catalog', status: 'completed' });
    expect(story?.attempts.map(({ label }) => label)).toEqual([
      'variants',
      expect.stringMatching(/^description by builtin, /),
      expect.stringMatching(/^embedding by builtin, /),
    ]);
  });
});

function linesOf({ attempts }: Story): string[] {
  return attempts.map(({ label, attempt, outcome }) => `${label} ${attempt} ${outcome}`);
}
