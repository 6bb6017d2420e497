import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../../src/dev/ports.js';
import { fakeSettings, startFakeOpenAi } from '../../src/dev/fake-openai.js';
import type { Check, CheckState } from '../../src/doctor/check.js';
import { checkNode } from '../../src/doctor/check-machine.js';
import { examine } from '../../src/doctor/doctor.js';
import { darkroom, jsonOf } from '../cli/darkroom-program.js';
import { openBareDatabase } from '../support/database.js';
import { startPipeline, type Pipeline } from '../support/pipeline.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const byName = (checks: Check[]) =>
  Object.fromEntries(checks.map((check) => [check.name, check])) as Record<string, Check>;
const states = (checks: Check[]): Record<string, CheckState> =>
  Object.fromEntries(checks.map(({ name, state }) => [name, state]));

describe('darkroom doctor', () => {
  let pipeline: Pipeline;
  beforeAll(async () => {
    pipeline = await startPipeline();
    await darkroom(['migrate'], { cwd: pipeline.photos, env: pipeline.env });
  });
  afterAll(() => pipeline[Symbol.asyncDispose]());

  it('finds nothing wrong where everything is there, and exits with 0', async () => {
    const ended = await darkroom(['doctor', '--json'], { cwd: pipeline.photos, env: pipeline.env });
    const { healthy, checks } = jsonOf<{ healthy: boolean; checks: Check[] }>(ended);
    expect(states(checks)).toEqual({
      node: 'ok',
      configuration: 'ok',
      temporal: 'ok',
      'search attributes': 'ok',
      'server settings': 'ok',
      sweep: 'ok',
      workers: 'ok',
      database: 'ok',
      migrations: 'ok',
      roles: 'ok',
      clock: 'ok',
      originals: 'ok',
      variants: 'ok',
      scratch: 'ok',
      encoders: 'ok',
      heic: 'ok',
      metadata: 'ok',
      embedding: 'ok',
      traces: 'ok',
    });
    expect(healthy).toBe(true);
    expect(ended.code).toBe(0);
    const { temporal, database, encoders } = byName(checks);
    expect(temporal?.says).toMatch(/^server 1\.\d+\.\d+ at 127\.0\.0\.1:\d+, namespace default$/);
    expect(database?.says).toMatch(/^PostgreSQL \d+(\.\d+)?, pgvector \d+\.\d+/);
    expect(encoders?.says).toMatch(/^sharp 0\.35\.\d+, libvips 8\.\d+\.\d+: JPEG, PNG/);
  });

  it('leaves nothing in the storage', async () => {
    const { originals } = pipeline.deps;
    const keys = [];
    for await (const { key } of originals.list('')) keys.push(key);
    expect(keys).toEqual([]);
  });

  it('says that the database is away, what to do, and nothing less about the rest', async () => {
    const DATABASE_URL = `postgres://somebody:secret@127.0.0.1:${await freePort()}/none`;
    const checks = await examine({ ...pipeline.env, DATABASE_URL });
    expect(states(checks)).toMatchObject({
      temporal: 'ok',
      workers: 'ok',
      database: 'failed',
      migrations: 'skipped',
      roles: 'skipped',
      clock: 'skipped',
      originals: 'ok',
      encoders: 'ok',
    });
    const { database } = byName(checks);
    expect(database?.says).toMatch(/^The database is away: connect ECONNREFUSED/);
    expect(database?.todo).toMatch(/^Start PostgreSQL, or correct DATABASE_URL/);
    expect(JSON.stringify(checks)).not.toContain('secret@');
  });

  it('asks providers for nothing that costs, and says which of them is wrong', async () => {
    await using fake = await startFakeOpenAi();
    const env = { ...pipeline.env, ...fakeSettings(fake) };
    const ready = byName(await examine(env));
    expect(ready.metadata).toMatchObject({
      state: 'ok',
      says: `${fake.baseUrl} answers and has fake-vision`,
    });
    expect(ready.embedding).toMatchObject({ state: 'ok' });
    expect(new Set(fake.calls.map(({ path }) => path))).toEqual(new Set(['/models']));
    const other = byName(await examine({ ...env, METADATA_MODEL: 'nobody-has-it' }));
    expect(other.metadata).toMatchObject({
      state: 'note',
      says: `${fake.baseUrl} does not list nobody-has-it`,
    });
    fake.useKey('another');
    const refused = byName(await examine(env));
    expect(refused.metadata).toMatchObject({ state: 'failed', todo: 'Correct its API key.' });
    expect(JSON.stringify(refused)).not.toContain('fake-key');
    const away = byName(
      await examine({ ...env, OPENAI_BASE_URL: `http://127.0.0.1:${await freePort()}/v1` }),
    );
    expect(away.embedding?.says).toMatch(/^nobody answers at/);
  });

  it('says that Temporal is away', async () => {
    const TEMPORAL_ADDRESS = `127.0.0.1:${await freePort()}`;
    const checks = await examine({ ...pipeline.env, TEMPORAL_ADDRESS });
    expect(states(checks)).toMatchObject({
      temporal: 'failed',
      'search attributes': 'skipped',
      'server settings': 'skipped',
      sweep: 'skipped',
      workers: 'skipped',
      database: 'ok',
    });
    expect(byName(checks).temporal).toMatchObject({
      says: `No Temporal server answers at ${TEMPORAL_ADDRESS}.`,
      todo: expect.stringMatching(/^Start a Temporal server, or correct TEMPORAL_ADDRESS/),
    });
  });

  it('says that there is no such namespace', async () => {
    const checks = await examine({ ...pipeline.env, TEMPORAL_NAMESPACE: 'nowhere' });
    expect(byName(checks).temporal).toMatchObject({
      state: 'failed',
      says: expect.stringMatching(/^there is no namespace nowhere/),
      todo: expect.stringContaining('temporal operator namespace create nowhere'),
    });
    expect(byName(checks).sweep?.state).toBe('skipped');
  });

  it('says that a database was never migrated', async () => {
    const migrations = (await readdir('migrations')).filter((name) => name.endsWith('.sql'));
    await using bare = await openBareDatabase();
    const checks = await examine({ ...pipeline.env, DATABASE_URL: bare.url });
    expect(states(checks)).toMatchObject({ database: 'ok', migrations: 'failed', clock: 'ok' });
    expect(byName(checks).migrations).toMatchObject({
      says: `${migrations.length} of them have not been run`,
      todo: expect.stringContaining('darkroom migrate'),
    });
  });

  it('says which storage cannot be written', async () => {
    const VARIANT_STORAGE = join(temporaryFolder(), 'a-file');
    await writeFile(VARIANT_STORAGE, 'no folder');
    const checks = await examine({ ...pipeline.env, VARIANT_STORAGE });
    expect(states(checks)).toMatchObject({ originals: 'ok', variants: 'failed' });
    expect(byName(checks).variants?.todo).toContain('VARIANT_STORAGE');
  });

  it('says that nobody takes the traces', async () => {
    const OTEL_EXPORTER_OTLP_ENDPOINT = `http://127.0.0.1:${await freePort()}`;
    const checks = await examine({ ...pipeline.env, OTEL_EXPORTER_OTLP_ENDPOINT });
    expect(byName(checks).traces?.state).toBe('failed');
  });

  it('works where nothing runs and nothing is set, and exits with 1', async () => {
    const cwd = temporaryFolder();
    const ended = await darkroom(['doctor'], {
      cwd,
      env: {
        TEMPORAL_ADDRESS: `127.0.0.1:${await freePort()}`,
        ENCODERS: 'many',
        SCRATCH_DIR: join(cwd, 'scratch'),
      },
    });
    expect(ended.code).toBe(1);
    expect(ended.stderr).toBe('');
    expect(ended.stdout).toMatch(/^FAILED +configuration .*DATABASE_URL is required/m);
    expect(ended.stdout).toMatch(/^FAILED +configuration .*ENCODERS must be a whole number/m);
    expect(ended.stdout).toMatch(/^FAILED +temporal /m);
    expect(ended.stdout).toMatch(/^skipped +database /m);
    expect(ended.stdout).toMatch(/^ok +encoders /m);
    expect(ended.stdout).toMatch(/^- configuration: .*darkroom dev/m);
    expect(ended.stdout).toMatch(/\nSomething that Darkroom needs is not there\.\n$/);
  });

  it.each([
    ['18.20.0', 'failed'],
    ['20.8.1', 'failed'],
    ['20.9.0', 'ok'],
    ['24.1.0', 'ok'],
  ])('finds Node %s %s', async (version, state) => {
    await expect(checkNode(version)).resolves.toMatchObject({ state });
  });
});
