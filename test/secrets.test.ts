import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { startFakeOpenAi, type FakeOpenAi } from '../src/dev/fake-openai.js';
import { everythingTemporalKeeps } from './support/everything-in.js';
import { openAiEnv } from './support/fake-openai.js';
import { startHttp, type TestHttp } from './support/http.js';
import { pixels } from './support/pictures.js';

const WORKER = fileURLToPath(new URL('../dist/worker.js', import.meta.url));
const NEW_KEY = 'planted-new-provider-key-0123456789';

/** Each is somewhere where Darkroom has to use it, and nowhere else. */
const PLANTED = {
  'the key of the provider': 'planted-provider-key-0123456789',
  'the secret of the installation': 'planted darkroom secret',
  'the token of the metrics': 'planted-metrics-token',
  'the key of the bucket': 'planted-bucket-secret-0123456789',
  'the secret of an endpoint': Buffer.from('planted endpoint secret 12345678').toString('base64'),
  'the password of a site': 'planted-site-password',
  'the signature of an address': 'planted-signature',
};

/** In the EXIF block of what is uploaded. */
const PRIVATE = {
  'the number of the camera': 'SERIAL-4711',
  'the number of the lens': 'SERIAL-4712',
  'the name of its owner': 'Planted Owner',
};

/** 51 degrees, 30 minutes and 17 seconds, as EXIF has them: three pairs of numbers. */
const PLACE = Buffer.from([51, 0, 0, 0, 1, 0, 0, 0, 30, 0, 0, 0, 1, 0, 0, 0, 17, 0, 0, 0, 1]);

function photograph(seed: number): Promise<Buffer> {
  return pixels({ widthPx: 700, heightPx: 500, seed })
    .withExif({
      IFD0: { Make: 'Darkroom', Model: 'Paintbox 1', Artist: PRIVATE['the name of its owner'] },
      IFD2: {
        BodySerialNumber: PRIVATE['the number of the camera'],
        LensSerialNumber: PRIVATE['the number of the lens'],
      },
      IFD3: { GPSLatitudeRef: 'N', GPSLatitude: '51/1 30/1 17/1' },
    })
    .jpeg()
    .toBuffer();
}

describe.sequential('a secret', () => {
  let fake: FakeOpenAi;
  let http: TestHttp;
  let worker: ChildProcess;
  let log = '';
  const answers: string[] = [];
  const ids: string[] = [];

  beforeAll(async () => {
    fake = await startFakeOpenAi({ key: PLANTED['the key of the provider'] });
    http = await startHttp({
      workers: false,
      env: {
        ...openAiEnv(fake),
        OPENAI_API_KEY: PLANTED['the key of the provider'],
        DARKROOM_SECRET: PLANTED['the secret of the installation'],
        METRICS_TOKEN: PLANTED['the token of the metrics'],
        AWS_ACCESS_KEY_ID: 'planted',
        AWS_SECRET_ACCESS_KEY: PLANTED['the key of the bucket'],
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
    await fake[Symbol.asyncDispose]();
  });

  async function ask(path: string, how: Parameters<TestHttp['ask']>[1] = {}) {
    const answer = await http.ask(path, how);
    answers.push(answer.text);
    return answer;
  }

  async function upload(bytes: Buffer): Promise<string> {
    const { body } = await ask('/api/v1/images?fileName=harbour.jpg', {
      ...{ method: 'POST', headers: { 'content-type': 'image/jpeg' } },
      body: new Uint8Array(bytes),
    });
    ids.push(body.id as string);
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
    const id = await upload(await photograph(1));
    await reaches(id, ({ status }) => status === 'completed');
    expect(fake.calls.map(({ path }) => path)).toContain('/chat/completions');
    const { body } = await ask(`/api/v1/images/${id}`);
    expect(body).toMatchObject({ camera: { make: 'Darkroom', model: 'Paintbox 1' } });
  });

  it('is used, when things go wrong: a file, a provider, an address, a request', async () => {
    const broken = await upload(Buffer.concat([(await photograph(2)).subarray(0, 3000)]));
    await reaches(broken, ({ status }) => status === 'failed');
    fake.useKey(NEW_KEY);
    const refused = await upload(await photograph(3));
    const isDeferred = ({ steps }: Record<string, unknown>) =>
      JSON.stringify(steps).includes('deferred');
    await reaches(refused, isDeferred);
    const site = `https://ann:${PLANTED['the password of a site']}@example.com/`;
    for (const json of [{ url: site }, { url: 'nonsense' }]) {
      await ask('/api/v1/webhooks', { method: 'POST', json });
    }
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
    expect.soft(where.includes(PLACE.toString('latin1')), 'the place').toBe(false);
  }

  it('is in no line of the log', () => {
    expect(log).toContain('Activity failed');
    expectNone(log);
  });

  it('is in no answer and on no page', () => {
    expect(answers.length).toBeGreaterThan(12);
    // Administrators see where events go.
    expectNone(answers.join('\n'), ['the signature of an address']);
  });

  it('is in nothing that Temporal keeps', async () => {
    const kept = await everythingTemporalKeeps(http.pipeline.temporal);
    expect(kept).toContain('prepareOriginal');
    expect(kept).toContain('ImageCorrupt');
    expectNone(kept);
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
  });
});
