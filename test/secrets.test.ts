import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { openDarkroom } from '../src/client.js';
import { startFakeOpenAi, type FakeOpenAi } from '../src/dev/fake-openai.js';
import type { Outcome } from '../src/dev/fake-replicate-predictions.js';
import {
  FAKE_REPLICATE_TOKEN,
  FAKE_WEBHOOK_SECRET,
  fakeReplicateSettings,
  startFakeReplicate,
  type FakeReplicate,
} from '../src/dev/fake-replicate.js';
import { openBreakableProxy, type BreakableProxy } from './support/breakable-proxy.js';
import { openTestDatabase, type TestDatabase } from './support/database.js';
import { everythingTemporalKeeps } from './support/everything-in.js';
import { openAiEnv } from './support/fake-openai.js';
import { startHttp, type Answer, type TestHttp } from './support/http.js';
import { PLACES, PRIVATE, privatePhotographs } from './support/private-photographs.js';

const WORKER = fileURLToPath(new URL('../dist/worker.js', import.meta.url));
const NEW_KEY = 'planted-new-provider-key-0123456789';

const PROMPT = 'a planted nightingale over seven harbours';

/** Each is somewhere where Darkroom has to use it, and nowhere else. */
const PLANTED = {
  'the key of the provider': 'planted-provider-key-0123456789',
  'the secret of the installation': 'planted darkroom secret',
  'the token of the metrics': 'planted-metrics-token',
  'the password of the database': 'planted-database-password',
  'the token of Replicate': FAKE_REPLICATE_TOKEN,
  'the secret of its webhooks': FAKE_WEBHOOK_SECRET.replace('whsec_', ''),
  'the key of the bucket': 'planted-bucket-secret-0123456789',
  'the secret of an endpoint': Buffer.from('planted endpoint secret 12345678').toString('base64'),
  'the password of a site': 'planted-site-password',
  'the signature of an address': 'planted-signature',
  'a prompt': PROMPT,
};

/** A login of its own with a password, where there are logins; PGlite lets in whoever comes. */
async function withPassword(databaseUrl: string, password: string): Promise<URL> {
  const url = new URL(databaseUrl);
  if (inject('postgresUrl') !== undefined) {
    const client = new pg.Client({ connectionString: databaseUrl });
    await client.connect();
    await client.query(`drop role if exists planted`);
    await client.query(`create role planted login superuser password '${password}'`);
    await client.end();
    url.username = 'planted';
  }
  url.password = password;
  return url;
}

async function privateJpeg(seed: number): Promise<Buffer> {
  const { 'image/jpeg': jpeg } = await privatePhotographs(seed);
  if (jpeg === undefined) throw new Error('there is no photograph');
  return jpeg;
}

describe.sequential('a secret', () => {
  let fake: FakeOpenAi;
  let replicate: FakeReplicate;
  let database: TestDatabase;
  let proxy: BreakableProxy;
  let http: TestHttp;
  let worker: ChildProcess;
  let log = '';
  /** What Temporal said while work waited for the database. */
  let keptInOutage = '';
  const answers: { path: string; text: string }[] = [];
  const ids: string[] = [];
  const uploaded: Buffer[] = [];

  beforeAll(async () => {
    fake = await startFakeOpenAi({ key: PLANTED['the key of the provider'] });
    replicate = await startFakeReplicate();
    database = await openTestDatabase();
    const url = await withPassword(database.url, PLANTED['the password of the database']);
    proxy = await openBreakableProxy(Number(url.port));
    url.host = `127.0.0.1:${proxy.port}`;
    http = await startHttp({
      workers: false,
      env: {
        ...openAiEnv(fake),
        ...fakeReplicateSettings(replicate),
        DATABASE_URL: url.href,
        PUBLIC_URL: 'http://localhost',
        REPLICATE_WEBHOOK_SECRET: FAKE_WEBHOOK_SECRET,
        OPENAI_API_KEY: PLANTED['the key of the provider'],
        DARKROOM_SECRET: PLANTED['the secret of the installation'],
        METRICS_TOKEN: PLANTED['the token of the metrics'],
        AWS_ACCESS_KEY_ID: 'planted',
        AWS_SECRET_ACCESS_KEY: PLANTED['the key of the bucket'],
        AWS_ENDPOINT_URL: 'http://127.0.0.1:9',
        AWS_REGION: 'us-east-1',
        ALLOW_PRIVATE_URLS: '1',
        LOG_LEVEL: 'debug',
        LOG_FORMAT: 'json',
      },
    });
    worker = fork(WORKER, [], { env: http.pipeline.env, stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
    worker.stdout?.on('data', (text: Buffer) => (log += text.toString()));
    worker.stderr?.on('data', (text: Buffer) => (log += text.toString()));
    await once(worker, 'message');
  });
  afterAll(async () => {
    worker.kill('SIGKILL');
    await http[Symbol.asyncDispose]();
    await proxy[Symbol.asyncDispose]();
    await database[Symbol.asyncDispose]();
    await replicate[Symbol.asyncDispose]();
    await fake[Symbol.asyncDispose]();
  });

  async function ask(path: string, how: Parameters<TestHttp['ask']>[1] = {}) {
    const answer = await http.ask(path, how);
    answers.push({ path, text: answer.text });
    return answer;
  }

  async function upload(bytes: Buffer, type = 'image/jpeg'): Promise<string> {
    const { body } = await ask('/api/v1/images?fileName=harbour.jpg', {
      ...{ method: 'POST', headers: { 'content-type': type } },
      body: new Uint8Array(bytes),
    });
    ids.push(body.id as string);
    uploaded.push(bytes);
    return body.id as string;
  }

  const reaches = (id: string, state: (image: Record<string, unknown>) => boolean) =>
    vi.waitUntil(async () => state((await ask(`/api/v1/images/${id}`)).body), {
      ...{ timeout: 60_000, interval: 100 },
    });

  it('is used, when everything goes well', async () => {
    const url = `http://127.0.0.1:9/hook?signature=${PLANTED['the signature of an address']}`;
    const secret = `whsec_${PLANTED['the secret of an endpoint']}`;
    await http.ask('/api/v1/webhooks', { method: 'POST', json: { url, secret } });
    for (const [type, bytes] of Object.entries(await privatePhotographs(1))) {
      const id = await upload(bytes, type);
      await reaches(id, ({ status }) => status === 'completed');
      const { body } = await ask(`/api/v1/images/${id}`);
      expect(body).toMatchObject({ camera: { make: 'Darkroom', model: 'Paintbox 1' } });
    }
    expect(fake.calls.map(({ path }) => path)).toContain('/chat/completions');
  });

  /** Asks for a picture and waits for its end, which is nobody's answer but that of who asked. */
  async function generate(outcome: Outcome): Promise<Answer> {
    replicate.always({ startMs: 0, runMs: 0, ...outcome });
    const asked = { prompt: PROMPT, width: 96, height: 64, maxAttempts: 1 };
    const { body } = await http.ask('/api/v1/generations', { method: 'POST', json: asked });
    const one = () => http.ask(`/api/v1/generations/${body.id as string}`);
    const hasEnded = ({ body: { status } }: Answer) => /completed|failed/.test(String(status));
    await vi.waitUntil(async () => hasEnded(await one()), { timeout: 60_000, interval: 100 });
    return one();
  }

  it('is used for pictures, also by a provider that repeats what it was asked', async () => {
    await http.ask('/api/v1/webhooks', { method: 'POST', json: { url: 'log:' } });
    expect((await generate({})).body).toMatchObject({ status: 'completed' });
    const failed = await generate({ ends: 'failed', error: `flagged: ${PROMPT}` });
    expect(failed.body).toMatchObject({ failure: { message: 'flagged: ***' } });
    const isTold = () => log.includes('generation.failed') && log.includes('generation.completed');
    await vi.waitUntil(isTold, { timeout: 60_000 });
  });

  it('is used while the database is away, and afterwards', async () => {
    fake.fail({ delayMs: 1_500 });
    const id = await upload(await privateJpeg(5));
    await vi.waitUntil(() => fake.calls.some(({ status }) => status === 0), { timeout: 30_000 });
    const before = log.length;
    proxy.break();
    const json = { prompt: PROMPT };
    expect(await ask('/api/v1/generations', { method: 'POST', json })).toMatchObject({
      status: 503,
    });
    await ask(`/api/v1/search?q=${encodeURIComponent(PROMPT)}`);
    for (const path of ['/api/v1/images', '/admin/images', '/readyz']) await ask(path);
    const isAway = () => log.slice(before).includes('DatabaseUnavailable');
    await vi.waitUntil(isAway, { timeout: 30_000 });
    keptInOutage = await everythingTemporalKeeps(http.pipeline.temporal);
    proxy.mend();
    await reaches(id, ({ status }) => status === 'completed');
  });

  it('is used, when things go wrong: a file, a provider, an address, a bucket, a request', async () => {
    const broken = await upload((await privateJpeg(2)).subarray(0, 5000));
    await reaches(broken, ({ status }) => status === 'failed');
    fake.useKey(NEW_KEY);
    const refused = await upload(await privateJpeg(3));
    const isDeferred = ({ steps }: Record<string, unknown>) =>
      JSON.stringify(steps).includes('deferred');
    await reaches(refused, isDeferred);
    const site = `https://ann:${PLANTED['the password of a site']}@example.com/`;
    for (const json of [{ url: site }, { url: 'nonsense' }]) {
      await ask('/api/v1/webhooks', { method: 'POST', json });
    }
    const bucket: unknown = await http.pipeline.darkroom
      .import('s3://planted-photos/')
      .catch((error: unknown) => error);
    expect(bucket).toMatchObject({ kind: 'StorageUnavailable' });
    http.reported.push(bucket);
    for (const id of ids) await ask(`/api/v1/images/${id}/story`);
    for (const path of ['queues', 'providers', 'webhooks', 'webhooks/deliveries', 'tokens']) {
      await ask(`/api/v1/${path}`);
    }
    for (const path of ['/admin/settings', '/admin/tasks', '/admin/queues', '/readyz'])
      await ask(path);
  });

  const everySecret = () => [
    ...Object.entries(PLANTED),
    ...Object.entries(http.tokens).map(([name, token]) => [`the token of ${name}`, token]),
  ];
  function expectNone(where: string, but: string[] = []): void {
    for (const [name = '', secret = ''] of everySecret()) {
      if (!but.includes(name)) expect.soft(where.includes(secret), name).toBe(false);
    }
    for (const [name, words] of Object.entries(PRIVATE)) {
      expect.soft(where.includes(words), name).toBe(false);
    }
    for (const [name, words] of Object.entries(PLACES)) {
      expect.soft(where.includes(words), name).toBe(false);
    }
  }

  it('is in no line of the log, of the worker or of the server', () => {
    expect(log).toContain('Activity failed');
    expectNone(log);
    expect(http.reported.length).toBeGreaterThan(1);
    expectNone(http.reported.map((error) => inspect(error, { depth: 20 })).join('\n'));
  });

  it('is in no word of a client that Temporal does not let in', async () => {
    const key = 'planted-temporal-key-0123456789';
    const refused: unknown = await openDarkroom({
      ...http.pipeline.env,
      TEMPORAL_API_KEY: key,
    }).catch((error: unknown) => error);
    expect(refused).toMatchObject({ kind: 'TemporalUnavailable' });
    expect(inspect(refused, { depth: 20 })).not.toContain(key);
  });

  it('is in no word of a worker that cannot start with its TEMPORAL_PAYLOAD_KEYS', async () => {
    const key = Buffer.alloc(31, 'planted').toString('base64');
    const env = { ...http.pipeline.env, TEMPORAL_PAYLOAD_KEYS: `planted:${key}` };
    const refused = fork(WORKER, [], { env, stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
    let said = '';
    refused.stdout?.on('data', (text: Buffer) => (said += text.toString()));
    refused.stderr?.on('data', (text: Buffer) => (said += text.toString()));
    await once(refused, 'close');
    expect(said).toContain('TEMPORAL_PAYLOAD_KEYS');
    expect(said).not.toContain(key);
  });

  it('is in no answer and on no page', () => {
    expect(answers.length).toBeGreaterThan(12);
    for (const { path, text } of answers) {
      // Administrators see where events go, and which.
      const isEvents = path.endsWith('/deliveries');
      expectNone(text, ['the signature of an address', ...(isEvents ? ['a prompt'] : [])]);
    }
  });

  it('is in nothing that Temporal keeps', async () => {
    const kept = await everythingTemporalKeeps(http.pipeline.temporal);
    expect(kept).toContain('prepareOriginal');
    expect(kept).toContain('ImageCorrupt');
    expectNone(kept);
    expect(keptInOutage).toContain('DatabaseUnavailable');
    expectNone(keptInOutage);
  });

  it('is in no number that is measured', async () => {
    const authorization = `Bearer ${PLANTED['the token of the metrics']}`;
    const { text } = await http.ask('/metrics', { as: 'nobody', headers: { authorization } });
    expect(text).toContain('darkroom_queue_waiting');
    expectNone(text);
  });

  it('is in no row of the catalog, but for the endpoints that have to sign', async () => {
    const pool = new pg.Pool({ connectionString: http.pipeline.env.DATABASE_URL, max: 1 });
    const { rows: tables } = await pool.query<{ name: string }>(
      `select format('%I.%I', table_schema, table_name) as name from information_schema.tables
       where table_schema not in ('pg_catalog', 'information_schema') and table_type = 'BASE TABLE'`,
    );
    expect(tables.length).toBeGreaterThan(8);
    for (const { name } of tables) {
      const { rows } = await pool.query<{ row: string }>(`select t::text as row from ${name} t`);
      const signs = /endpoints/.test(name);
      const but = signs ? ['the secret of an endpoint', 'the signature of an address'] : [];
      // Where it was asked for, and in the events that its owner gets.
      if (/generation_jobs|webhook_deliveries/.test(name)) but.push('a prompt');
      expectNone(rows.map(({ row }) => row).join('\n'), but);
    }
    await pool.end();
  });

  it('is in nothing that a provider is sent, pictures included', async () => {
    const sent = JSON.stringify(fake.calls.map(({ body }) => body));
    expectNone(sent);
    const pictures = [...sent.matchAll(/data:image\/\w+;base64,([A-Za-z0-9+/=]+)/g)];
    expect(pictures.length).toBeGreaterThan(0);
    for (const [, base64 = ''] of pictures) {
      const bytes = Buffer.from(base64, 'base64');
      expectNone(bytes.toString('latin1'));
      expect(await sharp(bytes).metadata()).not.toHaveProperty('exif');
    }
  });

  it('is in no variant and no preview, whereas the original is what it was', async () => {
    const folder = http.pipeline.env.VARIANT_STORAGE ?? '';
    const files = await readdir(folder, { recursive: true, withFileTypes: true });
    let made = 0;
    for (const file of files.filter((entry) => entry.isFile())) {
      const path = join(file.parentPath ?? file.path, file.name);
      if (path.includes('originals')) continue;
      expectNone(await readFile(path, 'latin1'));
      made += 1;
    }
    expect(made).toBeGreaterThan(4);
    const originals = files.filter(
      (entry) => entry.isFile() && (entry.parentPath ?? entry.path).includes('originals'),
    );
    const stored = await Promise.all(
      originals.map((entry) => readFile(join(entry.parentPath ?? entry.path, entry.name))),
    );
    for (const bytes of uploaded) {
      expect(stored.some((original) => original.equals(bytes))).toBe(true);
    }
    const all = Buffer.concat(stored).toString('latin1');
    for (const words of [...Object.values(PRIVATE), ...Object.values(PLACES)]) {
      expect(all.includes(words), words).toBe(true);
    }
  });
});
