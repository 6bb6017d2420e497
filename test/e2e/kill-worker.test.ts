import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { imageWorkflowId } from '../../src/domain/ids.js';
import { startTestStack, type TestStack } from '../support/stack.js';
import { Client, Connection } from '@temporalio/client';

const PICTURES = 16;
const VARIANTS = PICTURES * 3 * 2;

describe('a worker process', () => {
  let test: TestStack;
  afterEach(() => test[Symbol.asyncDispose]());

  it('may be killed in the middle of a backfill: nothing is lost or encoded again', async () => {
    test = await startTestStack();
    await test.addPhotos(PICTURES);
    const { runId } = await test.darkroom.backfill.start();
    const kills = [];
    for (const variants of [6, 24, 48]) kills.push(await killAfter(variants));
    const run = await endOf(runId);

    expect(run).toMatchObject({ status: 'succeeded', done: PICTURES, failed: 0 });
    expect(await test.darkroom.stats()).toMatchObject({ ready: PICTURES, variants: VARIANTS });
    expect(test.stack.worker?.restarts).toBe(3);
    for (const { finished, encodedBefore } of kills) {
      const after = (await test.encoded()).slice(encodedBefore);
      expect(after.filter((variant) => finished.has(variant))).toEqual([]);
    }
    await expectStored();
  }, 240_000);

  it('may be told to stop under load: nothing fails, nothing is encoded twice', async () => {
    test = await startTestStack();
    await test.addPhotos(PICTURES);
    const { runId } = await test.darkroom.backfill.start();
    for (const variants of [12, 48]) {
      await variantsStored(variants);
      await restartedBy('SIGTERM');
    }
    const run = await endOf(runId);

    expect(run).toMatchObject({ status: 'succeeded', done: PICTURES, failed: 0 });
    // Lines are put in order before they are written, which takes a moment.
    await vi.waitUntil(async () => (await test.encoded()).length >= VARIANTS, { timeout: 5_000 });
    const encoded = await test.encoded();
    expect(encoded.length).toBe(VARIANTS);
    expect(new Set(encoded).size).toBe(VARIANTS);
  }, 240_000);

  it('may be killed five times under one image without failing it', async () => {
    test = await startTestStack();
    await test.addPhotos(1, 4000);
    const [image] = await test.darkroom.images();
    const imageId = image?.id ?? '';
    const connection = await Connection.connect({ address: test.stack.temporalAddress });
    const workflow = new Client({ connection }).workflow.getHandle(imageWorkflowId(imageId));
    await test.darkroom.process(imageId);
    for (let attempt = 1; attempt <= 5; attempt += 1) {
      await vi.waitUntil(
        async () => {
          const { raw } = await workflow.describe();
          const running = raw.pendingActivities?.[0];
          return running?.lastStartedTime != null && running.attempt === attempt;
        },
        { timeout: 60_000, interval: 20 },
      );
      await restartedBy('SIGKILL');
    }
    await workflow.result();

    expect(await test.darkroom.image(imageId)).toMatchObject({ status: 'completed' });
    await connection.close();
  }, 300_000);

  /** Kills the worker once so many variants are finished, and notes which those are. */
  async function killAfter(variants: number) {
    await variantsStored(variants);
    await restartedBy('SIGKILL');
    return { finished: await finishedVariants(), encodedBefore: (await test.encoded()).length };
  }

  async function variantsStored(variants: number): Promise<void> {
    await vi.waitUntil(async () => (await test.darkroom.stats()).variants >= variants, {
      timeout: 60_000,
      interval: 20,
    });
  }

  async function restartedBy(signal: NodeJS.Signals): Promise<void> {
    const { worker } = test.stack;
    const restarts = worker?.restarts ?? 0;
    worker?.kill(signal);
    await vi.waitUntil(() => worker?.restarts === restarts + 1, { timeout: 60_000 });
  }

  async function finishedVariants(): Promise<Set<string>> {
    const images = await test.darkroom.images({ limit: PICTURES });
    const found = await Promise.all(
      images.map(async ({ id }) =>
        (await test.catalog.images.variants(id)).map((it) => `${id} ${it.widthPx} ${it.format}`),
      ),
    );
    return new Set(found.flat());
  }

  async function endOf(runId: string) {
    const finished = async () => (await test.catalog.runs.get(runId))?.finishedAt !== undefined;
    await vi.waitUntil(finished, { timeout: 120_000, interval: 100 });
    return test.catalog.runs.get(runId);
  }

  /** Every row has its object, of the size that the row says. */
  async function expectStored(): Promise<void> {
    for (const { id } of await test.darkroom.images({ limit: PICTURES })) {
      for (const { key, sizeBytes } of await test.catalog.images.variants(id)) {
        expect((await readFile(join(test.stack.storageDir, key))).length).toBe(sizeBytes);
      }
    }
  }
});
