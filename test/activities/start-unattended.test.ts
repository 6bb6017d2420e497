import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ActivityDeps } from '../../src/activities/deps.js';
import { startDeferred } from '../../src/activities/start-unattended.js';
import type { Step } from '../../src/domain/image.js';
import type { ProcessRequest } from '../../src/domain/process-request.js';
import { openDeps, run, type OpenedDeps } from './open-deps.js';

describe('startDeferred', () => {
  let opened: OpenedDeps;
  beforeAll(async () => {
    opened = await openDeps();
  });
  afterAll(() => opened[Symbol.asyncDispose]());

  /** What is asked of each image that is started, none of which runs. */
  async function started(pausedSteps: Step[] = []): Promise<ProcessRequest[]> {
    const requests: ProcessRequest[] = [];
    const images: ActivityDeps['images'] = {
      ...opened.deps.images,
      isRunning: async () => false,
      start: async (_image, request) => void requests.push(request),
    };
    const deps = { ...opened.deps, images, pausedSteps: async () => pausedSteps };
    await run(startDeferred(deps), { atMost: 10 });
    return requests;
  }

  it('asks for variants that were lost too, while a provider is paused for them alone', async () => {
    for (const name of ['first', 'second']) await opened.addOriginal(Buffer.from(name));
    await opened.rows(
      `update images set status = 'processing', metadata_state = 'deferred', embedding_state = 'deferred'`,
    );
    const all = { steps: ['variants', 'metadata', 'embedding'], patient: true };
    expect(await started()).toEqual([all, all]);
    expect(await started(['metadata'])).toEqual([all, { steps: ['variants'], patient: true }]);

    await opened.rows(`update images set variants_state = 'done'`);
    const words = { steps: ['metadata', 'embedding'], patient: true };
    expect(await started(['metadata'])).toEqual([words]);
  });
});
