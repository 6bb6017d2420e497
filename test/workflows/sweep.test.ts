import { utimes } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { storeOriginal } from '../../src/storage/store-original.js';
import { ensureSweepSchedule } from '../../src/client/sweep.js';
import { imageWorkflowId, SWEEP_SCHEDULE_ID } from '../../src/domain/ids.js';
import type { Storage } from '../../src/storage/storage.js';
import { storeBytes } from '../activities/open-deps.js';
import { addOne } from '../support/add-pictures.js';
import { gate } from '../support/gate.js';
import { describingBehind } from '../support/held-descriptions.js';
import { picture } from '../support/pictures.js';
import { startPipeline, type Pipeline, type PipelineOptions } from '../support/pipeline.js';
import { keysIn } from '../support/stored.js';

const DAY_MS = 24 * 3_600_000;
const KEY = `variants/${'0'.repeat(31)}a`;
const STRANGER = '01890000-0000-7000-8000-000000000000';

describe('sweep', () => {
  let pipeline: Pipeline;
  let database: pg.Client;
  let storage: Storage;

  async function open(options?: PipelineOptions): Promise<void> {
    pipeline = await startPipeline(options);
    storage = pipeline.deps.originals;
    database = new pg.Client(pipeline.env.DATABASE_URL);
    await database.connect();
  }
  afterEach(async () => {
    await database.end();
    await pipeline[Symbol.asyncDispose]();
  });

  const sql = (statement: string, ...values: unknown[]) => database.query(statement, values);
  const photo = (seed = 1, widthPx = 700) => picture({ widthPx, heightPx: 500, seed });
  const status = async (id: string) => (await pipeline.darkroom.image(id))?.status;
  const completed = (id: string) =>
    vi.waitUntil(async () => (await status(id)) === 'completed', { timeout: 30_000 });

  async function upload(body: Buffer): Promise<string> {
    const { darkroom } = pipeline;
    const { id } = await darkroom.upload({ ownerId: 'ann', fileName: 'a.jpg', body });
    await darkroom.process(id, { wait: true });
    return id;
  }

  /** As if everything that is stored had been there for two days. */
  async function age(): Promise<void> {
    const root = pipeline.env.ORIGINAL_STORAGE ?? '';
    const old = new Date(Date.now() - 2 * DAY_MS);
    for (const key of await keysIn(storage)) await utimes(join(root, key), old, old);
  }

  it('starts the steps that were deferred, and not those that are under way', async () => {
    const held = gate();
    await open({ replace: (deps) => describingBehind(deps, held) });
    const id = await addOne(pipeline);
    await pipeline.darkroom.process(id, { steps: ['variants'], wait: true });
    await sql(
      `update images set metadata_state = 'deferred', embedding_state = 'deferred', status = 'processing'`,
    );
    await expect(pipeline.darkroom.sweep()).resolves.toMatchObject({
      deferredStarted: 1,
      stuckStarted: 0,
    });
    await vi.waitUntil(() => held.waiting === 1, { timeout: 10_000 });
    await expect(pipeline.darkroom.sweep()).resolves.toMatchObject({ deferredStarted: 0 });
    held.open();

    await completed(id);
    const { events } = await pipeline.temporal.workflow
      .getHandle(imageWorkflowId(id))
      .fetchHistory();
    const signals = events?.filter((event) => event.workflowExecutionSignaledEventAttributes);
    expect(signals).toHaveLength(1);
    expect(pipeline.encodes()).toBe(6);
  });

  it('makes the variants of an image that was lost while its description waited', async () => {
    await open();
    const id = await addOne(pipeline);
    await sql(
      `update images set metadata_state = 'deferred', embedding_state = 'deferred', status = 'processing'`,
    );
    await expect(pipeline.darkroom.sweep()).resolves.toMatchObject({ deferredStarted: 1 });

    await completed(id);
    await expect(pipeline.darkroom.image(id)).resolves.toMatchObject({ variantsReady: true });
  });

  it('starts an upload whose start was lost, and no import', async () => {
    await open();
    const { deps, darkroom } = pipeline;
    const imported = await addOne(pipeline);
    const body = await photo();
    // As when the web server dies between the row and the start.
    const { id } = await storeOriginal(deps, { ownerId: 'ann', fileName: 'a.jpg', body }, 1e9);
    await expect(darkroom.sweep()).resolves.toMatchObject({ stuckStarted: 0 });
    await sql(`update images set updated_at = now() - interval '11 minutes'`);
    await expect(darkroom.sweep()).resolves.toMatchObject({ stuckStarted: 1, deferredStarted: 0 });

    await completed(id);
    await expect(status(imported)).resolves.toBe('pending');
  });

  it('starts an image again whose workflow was terminated, and leaves one alone that goes on', async () => {
    const held = gate();
    await open({ replace: (deps) => describingBehind(deps, held) });
    const { darkroom, temporal } = pipeline;
    const body = await photo();
    const { id } = await darkroom.upload({ ownerId: 'ann', fileName: 'a.jpg', body });
    await vi.waitUntil(() => held.waiting === 1, { timeout: 20_000 });
    const untouched = () => sql(`update images set updated_at = now() - interval '1 hour'`);
    await vi.waitUntil(async () => (await darkroom.image(id))?.variantsReady, { timeout: 20_000 });
    await untouched();
    await expect(darkroom.sweep()).resolves.toMatchObject({ stuckStarted: 0 });
    await temporal.workflow.getHandle(imageWorkflowId(id)).terminate('by an operator');
    await expect(darkroom.sweep()).resolves.toMatchObject({ stuckStarted: 1 });
    held.open();

    await completed(id);
  });

  it('counts objects that no image needs, and deletes them only when it is told to', async () => {
    await open();
    const { darkroom } = pipeline;
    const id = await upload(await photo());
    const kept = await upload(await photo(2));
    await darkroom.delete(kept);
    const needed = await keysIn(storage);
    const foreign = ['variants/readme.txt', 'originals/holiday.jpg', 'previews/mine.jpg'];
    const orphans = [
      `${KEY}_640.webp`,
      `originals/${'0'.repeat(16)}/${'1'.repeat(64)}`,
      `previews/${STRANGER}.jpg`,
    ];
    for (const key of [...foreign, ...orphans]) await storeBytes(storage, key, Buffer.from('abcd'));
    await age();
    const fresh = `${KEY}_1024.webp`;
    await storeBytes(storage, fresh, Buffer.from('fresh'));
    const before = await keysIn(storage);

    const found = { orphans: 3, orphanBytes: 12 };
    await expect(darkroom.sweep()).resolves.toMatchObject({ ...found, orphansDeleted: 0 });
    expect(await keysIn(storage)).toEqual(before);
    const deleting = darkroom.sweep({ deleteOrphans: true });
    await expect(deleting).resolves.toMatchObject({ ...found, orphansDeleted: 3 });
    expect(await keysIn(storage)).toEqual([...needed, ...foreign, fresh].sort());
    await expect(darkroom.image(id)).resolves.toMatchObject({ status: 'completed' });
  });

  it('keeps the variants of an earlier build for a day, then takes them with their rows', async () => {
    await open();
    const { darkroom, deps } = pipeline;
    const id = await upload(await photo());
    const earlier = (await keysIn(storage)).filter((key) => !key.startsWith('previews/'));
    await darkroom.replace(id, { body: await photo(2, 600) });
    await completed(id);
    await age();
    const originals = earlier.filter((key) => key.startsWith('originals/'));
    await expect(darkroom.sweep()).resolves.toMatchObject({ orphans: originals.length });
    await sql(`update images set updated_at = now() - interval '25 hours'`);
    await expect(darkroom.sweep({ deleteOrphans: true })).resolves.toMatchObject({
      orphansDeleted: earlier.length,
    });

    const left = await keysIn(storage);
    expect(left.filter((key) => earlier.includes(key))).toEqual([]);
    const rows = (await deps.catalog.images.variants(id)).map(({ key }) => key);
    expect(rows.sort()).toEqual(left.filter((key) => key.startsWith('variants/')));
  });

  it('keeps an object that an image came to need between the listing and the removal', async () => {
    const held = gate();
    await open({
      replace: ({ catalog }) => ({
        catalog: {
          ...catalog,
          lifecycle: {
            ...catalog.lifecycle,
            removeUnused: async (...args) => {
              await held.pass();
              return catalog.lifecycle.removeUnused(...args);
            },
          },
        },
      }),
    });
    const id = await addOne(pipeline);
    await storeBytes(storage, `${KEY}_640.webp`, Buffer.from('abcd'));
    await age();
    const sweeping = pipeline.darkroom.sweep({ deleteOrphans: true });
    await vi.waitUntil(() => held.waiting === 1, { timeout: 10_000 });
    await sql('update images set building_key = $1 where id = $2', KEY, id);
    held.open();

    await expect(sweeping).resolves.toMatchObject({ orphans: 1, orphansDeleted: 0 });
    expect(await keysIn(storage)).toEqual([`${KEY}_640.webp`]);
  });

  it('is scheduled every five minutes, however often that is said', async () => {
    await open({ workers: false });
    const { temporal } = pipeline;
    await ensureSweepSchedule(temporal);
    const schedule = temporal.schedule.getHandle(SWEEP_SCHEDULE_ID);
    await schedule.pause('by an operator');
    await ensureSweepSchedule(temporal);

    expect(await schedule.describe()).toMatchObject({
      spec: { intervals: [{ every: 300_000 }] },
      action: { type: 'startWorkflow', workflowType: 'sweep', args: [{ orphans: false }] },
      policies: { overlap: 'SKIP', catchupWindow: 60_000 },
      state: { paused: true, note: 'by an operator' },
    });
  });
});
