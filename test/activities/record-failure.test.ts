import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ActivityDeps } from '../../src/activities/deps.js';
import { recordFailure } from '../../src/activities/record-failure.js';
import { pageImages } from '../../src/activities/runs.js';
import { releaseImage } from '../../src/activities/release-image.js';
import { FAILURES, failureOf, type FailureKind } from '../../src/domain/failures.js';
import { openDeps, run, type OpenedDeps } from './open-deps.js';

let opened: OpenedDeps;
let deps: ActivityDeps;

beforeAll(async () => {
  opened = await openDeps();
  deps = opened.deps;
});
afterAll(() => opened[Symbol.asyncDispose]());

describe('recordFailure', () => {
  const added = () => opened.addOriginal(Buffer.from('never read here'));

  it('files kind, words and time with the step that failed', async () => {
    const imageId = await added();
    const failed = { steps: ['metadata'], kind: 'EncoderCrashed', message: 'It died.' } as const;
    await run(recordFailure(deps), { imageId, ...failed, steps: ['metadata'] });

    const { steps } = await opened.image(imageId);
    expect(steps.metadata).toEqual({
      state: 'failed',
      failure: {
        ...{ kind: 'EncoderCrashed', message: 'It died.' },
        at: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
      },
    });
    expect(steps.variants).toEqual({ state: 'pending' });
  });

  it('files it with the steps that cannot be done because of it', async () => {
    const imageId = await added();
    const steps: ['variants', 'metadata', 'embedding'] = ['variants', 'metadata', 'embedding'];
    const failed = { imageId, steps, kind: 'ImageCorrupt', message: 'Half of it is missing.' };
    await run(recordFailure(deps), failed);
    const image = await opened.image(imageId);
    expect(image.status).toBe('failed');
    expect(steps.map((step) => image.steps[step].failure?.kind)).toEqual(
      steps.map(() => 'ImageCorrupt'),
    );
  });

  it('sets aside what the table says, and nothing else', async () => {
    for (const kind of Object.keys(FAILURES) as FailureKind[]) {
      const imageId = await added();
      await run(recordFailure(deps), { imageId, steps: ['variants'], kind, message: 'x' });
      const { quarantinedAt } = await opened.image(imageId);
      expect([kind, quarantinedAt !== undefined]).toEqual([kind, failureOf(kind).quarantine]);
    }
  });

  it('writes down by which rules, so that others bring the image back', async () => {
    const imageId = await added();
    await run(recordFailure(deps), {
      imageId,
      steps: ['variants'],
      kind: 'NotAnImage',
      message: '',
    });
    const inScope = async (rulesHash: string) => {
      const page = { runId: 'r', done: 0, failed: 0, scope: 'failed', limit: 100 } as const;
      const { images } = await run(pageImages({ ...deps, rulesHash }), {
        ...page,
        steps: ['variants'],
      });
      return images.some(({ id }) => id === imageId);
    };
    expect(await inScope(deps.rulesHash)).toBe(false);
    expect(await inScope('of a decoder that was installed since')).toBe(true);
  });

  it.each(['MadeUpByAPlugin', 'toString', ''])(
    'files the unknown kind "%s" as Unexpected',
    async (kind) => {
      const imageId = await added();
      await run(recordFailure(deps), { imageId, steps: ['variants'], kind, message: 'Hm.' });
      const { steps, quarantinedAt } = await opened.image(imageId);
      expect(steps.variants.failure).toMatchObject({ kind: 'Unexpected', message: 'Hm.' });
      expect(quarantinedAt).toBeUndefined();
    },
  );

  it('lists the image once among the failures of its run, however often it is repeated', async () => {
    const imageId = await added();
    const runId = randomUUID();
    const newRun = { id: runId, workflowId: 'backfill', scope: 'all', total: 1 } as const;
    await deps.catalog.runs.open({ ...newRun, steps: ['variants'] });
    const failed = { imageId, kind: 'NotAnImage', message: 'It is a diary.', runId };
    await run(recordFailure(deps), { ...failed, steps: ['variants'] });
    await run(recordFailure(deps), { ...failed, steps: ['variants'] });
    expect(await deps.catalog.runs.failures(runId, 10)).toMatchObject([
      { imageId, step: 'variants', kind: 'NotAnImage', message: 'It is a diary.' },
    ]);
  });
});

describe('releaseImage', () => {
  it.each([
    ['processing', 'pending'],
    ['completed', 'completed'],
    ['failed', 'failed'],
  ])('makes %s %s', async (before, after) => {
    const imageId = await opened.addOriginal(Buffer.from('never read here'));
    await opened.rows('update images set status = $2 where id = $1', [imageId, before]);
    await run(releaseImage(deps), { imageId });
    await run(releaseImage(deps), { imageId });
    expect((await opened.image(imageId)).status).toBe(after);
  });
});
