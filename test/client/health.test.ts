import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { openBareDatabase } from '../support/database.js';
import { startPipeline, type Pipeline } from '../support/pipeline.js';
import { openCatalog } from '../../src/catalog/postgres.js';
import { healthOf } from '../../src/client/health.js';
import { DarkroomError } from '../../src/domain/failures.js';
import type { Storage } from '../../src/storage/storage.js';

describe('darkroom.health()', () => {
  let pipeline: Pipeline;
  beforeAll(async () => {
    pipeline = await startPipeline();
  });
  afterAll(() => pipeline[Symbol.asyncDispose]());

  const usual = () => {
    const { catalog, originals, variants } = pipeline.deps;
    return { client: pipeline.temporal, catalog, originals, variants };
  };

  it('says that everything is there', async () => {
    await expect(pipeline.darkroom.health()).resolves.toEqual({
      temporal: { ok: true, says: 'It answers.', ms: expect.any(Number) },
      database: { ok: true, says: 'It answers and is up to date.', ms: expect.any(Number) },
      storage: { ok: true, says: 'It can be read and written.', ms: expect.any(Number) },
      workers: {
        ok: true,
        says: expect.stringMatching(/serves? the queues/),
        ms: expect.any(Number),
      },
      providers: { ok: true, says: 'They are asked.', ms: expect.any(Number) },
    });
  });

  it('says that the database is not migrated', async () => {
    await using bare = await openBareDatabase();
    await using catalog = openCatalog(bare.url);
    const { database, storage } = await healthOf({ ...usual(), catalog })();
    expect(database).toMatchObject({
      ok: false,
      says: expect.stringContaining('darkroom migrate'),
    });
    expect(storage.ok).toBe(true);
  });

  it('tells of a database that is away no host and no user', async () => {
    await using catalog = openCatalog('postgres://me:secret@127.0.0.1:1/none');
    const { database } = await healthOf({ ...usual(), catalog })();
    expect(database).toMatchObject({
      ok: false,
      says: 'The database cannot be reached right now.',
    });
  });

  it('gives up on what does not answer', async () => {
    const catalog = { inspect: () => new Promise<never>(() => undefined) };
    const { database } = await healthOf({ ...usual(), catalog })();
    expect(database).toMatchObject({ ok: false, says: 'It does not answer within 2 s.' });
    expect(database.ms).toBeGreaterThanOrEqual(1_990);
    expect(database.ms).toBeLessThan(4_000);
  });

  it('says which storage is missing or fails', async () => {
    const without = await healthOf({ ...usual(), variants: undefined })();
    expect(without.storage).toMatchObject({
      ok: false,
      says: 'No storage for variants is configured.',
    });
    const broken: Storage = {
      ...pipeline.deps.originals,
      name: 'broken',
      write: async () => {
        throw new DarkroomError('StorageFull', 'no space on /dev/sda1');
      },
    };
    const full = await healthOf({ ...usual(), originals: broken })();
    expect(full.storage).toMatchObject({
      ok: false,
      says: 'There is no space left in the storage.',
    });
  });

  it('asks again when the clock was set back', async () => {
    let asked = 0;
    const inspect = () => {
      asked += 1;
      return pipeline.deps.catalog.inspect();
    };
    const health = healthOf({ ...usual(), catalog: { inspect } });
    await health();
    const yesterday = Date.now() - 24 * 3_600_000;
    const clock = vi.spyOn(Date, 'now').mockReturnValue(yesterday);
    onTestFinished(() => clock.mockRestore());
    const again = async () => (await health()).database.ok && asked;
    await expect.poll(again, { timeout: 5_000 }).toBe(2);
  });

  it('writes to the storage once, however many ask', async () => {
    let writes = 0;
    const originals: Storage = {
      ...pipeline.deps.originals,
      name: 'counted',
      read: (...args) => pipeline.deps.originals.read(...args),
      write: (...args) => {
        writes += 1;
        return pipeline.deps.originals.write(...args);
      },
      delete: (key) => pipeline.deps.originals.delete(key),
    };
    const health = healthOf({ ...usual(), originals, variants: originals });
    const answers = await Promise.all([health(), health(), health()]);
    answers.push(await health());
    expect(answers.map(({ storage }) => storage.ok)).toEqual([true, true, true, true]);
    expect(writes).toBe(1);
  });
});
