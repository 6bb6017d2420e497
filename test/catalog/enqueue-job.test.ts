import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { useCatalog } from './open.js';
import { newImage } from './records.js';

const database = useCatalog();

interface Row {
  owner_id: string;
  prompt: string | null;
  provider: string | null;
  backend: string | null;
  width: number;
  height: number;
  steps: number | null;
  strength: number | null;
  status: string;
  priority: number;
  max_attempts: number;
  failure_message: string | null;
  cancel_requested_at: Date | null;
}

beforeEach(() => database.sql('delete from generation_jobs'));

async function enqueue(...args: unknown[]): Promise<string> {
  const values = args.map((value) => (typeof value === 'object' ? JSON.stringify(value) : value));
  const marks = values.map((_, index) => `$${index + 1}`).join(', ');
  const [row] = await database.sql<{ id: string }>(`select enqueue_job(${marks}) as id`, values);
  return row?.id ?? '';
}

async function generation(id: string): Promise<Row | undefined> {
  return (await database.sql<Row>('select * from generation_jobs where id = $1', [id]))[0];
}

describe('enqueue_job', () => {
  it.for(['generate', 'text2img', 'IMG2IMG', 'image_to_image', 'text to image'])(
    'makes a row of a %s, with the defaults for what is not said',
    async (type) => {
      const id = await enqueue(type, { owner_id: 'ann', prompt: 'a lighthouse', seed: null });
      await expect(generation(id)).resolves.toMatchObject({
        ...{ owner_id: 'ann', prompt: 'a lighthouse', status: 'pending', width: 1024 },
        ...{ priority: 0, max_attempts: 3, failure_message: null },
      });
    },
  );

  it('takes every field of a request, its priority and how often it may be tried', async () => {
    const payload = {
      ...{ owner_id: 'ann', prompt: 'a harbour', backend: 'mock', width: 640.0, height: 480 },
      ...{ steps: 4, seed: 7, guidance_scale: 3.5, strength: 0.25, timeout_seconds: 60 },
      ...{ negative_prompt: 'people', model: 'm', model_version: 'v', format: 'webp' },
      ...{ source_image: 'https://example.com/a.png', style: 'line-art' },
    };
    const id = await enqueue('img2img', payload, 9, 1);
    await expect(generation(id)).resolves.toMatchObject({
      ...payload,
      // The driver reads 64-bit numbers as text.
      ...{
        seed: '7',
        provider: 'mock',
        backend: null,
        priority: 9,
        max_attempts: 1,
        failure_message: null,
      },
    });
  });

  it('keeps a row of a payload that cannot be read, with a sentence for each problem', async () => {
    const id = await enqueue('generate', {
      ...{ owner_id: 'ann', prompt: 7, width: '640', height: 1.5, steps: 1e12, strength: true },
      heigth: 640,
    });
    const row = await generation(id);
    expect(row).toMatchObject({ prompt: null, width: 1024, steps: null, strength: null });
    expect(row?.failure_message?.split('. ').sort()).toEqual([
      'The field height must be a whole number',
      'The field prompt must be a text',
      'The field steps must be a whole number',
      'The field strength must be a number.',
      'The field width must be a whole number',
      'There is no field heigth',
    ]);
  });

  it('takes the owner of the session when the payload names none', async () => {
    await database.sql(`set darkroom.owner = 'bea'`);
    const ids = [await enqueue('generate', { prompt: 'x' }), await enqueue('generate', [])];
    await database.sql('reset darkroom.owner');
    await expect(generation(ids[0] ?? '')).resolves.toMatchObject({ owner_id: 'bea' });
    await expect(generation(ids[1] ?? '')).resolves.toMatchObject({
      ...{ owner_id: 'bea', failure_message: 'The payload must be a JSON object.' },
    });
  });

  it('refuses what no row could say: nobody owns it, or its type is unknown', async () => {
    await expect(enqueue('generate', { prompt: 'x' })).rejects.toThrow('nobody owns it');
    await expect(enqueue('upscale', { owner_id: 'ann' })).rejects.toThrow(
      'there is no type "upscale"',
    );
  });

  it('asks for an image by its id, or by its original, which it adds when it is new', async () => {
    const { catalog } = database;
    const { id } = await catalog.images.register(newImage('known'));
    const requested = async (of: string) =>
      (
        await database.sql<{ file_name: string; asked: boolean }>(
          'select file_name, requested_at is not null as asked from images where id = $1',
          [of],
        )
      )[0];
    await expect(requested(id)).resolves.toMatchObject({ asked: false });
    await expect(enqueue('process-image', { image_id: id })).resolves.toBe(id);
    await expect(requested(id)).resolves.toMatchObject({ asked: true });

    const original = 'https://example.com/photos/harbour.jpg?width=9000#top';
    const added = await enqueue('process-image', { owner_id: 'ann', original });
    await expect(requested(added)).resolves.toEqual({ file_name: 'harbour.jpg', asked: true });
    await expect(enqueue('process-image', { owner_id: 'ann', original })).resolves.toBe(added);
  });

  it('says that there is no such image, also of one that was deleted', async () => {
    const { id } = await database.catalog.images.register(newImage('gone'));
    await database.sql('update images set deleted_at = now() where id = $1', [id]);
    const original = newImage('gone').original;
    for (const payload of [{ image_id: id }, { owner_id: 'ann', original }]) {
      await expect(enqueue('process-image', payload)).rejects.toThrow('it was deleted');
    }
    await expect(enqueue('process-image', {})).rejects.toThrow('image_id or original');
  });
});

describe('cancel_job', () => {
  it('asks once, and only while it is of use', async () => {
    const id = await enqueue('generate', { owner_id: 'ann', prompt: 'x' });
    const cancel = async () =>
      (await database.sql<{ asked: boolean }>('select cancel_job($1) as asked', [id]))[0]?.asked;
    await expect(cancel()).resolves.toBe(true);
    const first = (await generation(id))?.cancel_requested_at;
    expect(first).toBeInstanceOf(Date);
    await expect(cancel()).resolves.toBe(true);
    expect((await generation(id))?.cancel_requested_at).toEqual(first);

    await database.sql(`update generation_jobs set status = 'failed' where id = $1`, [id]);
    await expect(cancel()).resolves.toBe(false);
  });
});

describe('a row that an application inserts', () => {
  it('names its provider under either name', async () => {
    await database.sql(
      `insert into generation_jobs (owner_id, prompt, backend) values ('ann', 'x', 'mock')`,
    );
    await database.sql(
      `insert into generation_jobs (owner_id, prompt, provider, backend) values ('ann', 'y', 'replicate', 'mock')`,
    );
    const rows = await database.sql<Row>('select * from generation_jobs order by prompt');
    expect(rows.map(({ provider, backend }) => [provider, backend])).toEqual([
      ['mock', null],
      ['replicate', null],
    ]);
  });

  it.for([
    ['originals/2024/harbour at dusk.jpg', 'harbour at dusk.jpg'],
    ['file:///photos/what?.jpg', 'what?.jpg'],
    ['https://example.com/', 'https://example.com/'],
    ['s3://bucket/a/b.png', 'b.png'],
  ])('names the file of %s', async ([original, fileName]) => {
    await database.sql(`insert into images (owner_id, original) values ('ann', $1)`, [original]);
    await expect(database.sql('select file_name from images')).resolves.toEqual([
      { file_name: fileName },
    ]);
  });
});

describe('the rights that docs/sql.md gives an application', () => {
  const grants = /^create role gallery[^;]*;\n([^`]*)```/m.exec(
    readFileSync(new URL('../../docs/sql.md', import.meta.url), 'utf8'),
  )?.[1];
  const role = `gallery_${process.pid}`;

  /** In one transaction, of which nothing stays. */
  const asApplication = async (statement: string): Promise<void> => {
    const its = grants
      ?.replaceAll('gallery', role)
      .replace('database darkroom', `database "${new URL(database.url).pathname.slice(1)}"`);
    await database.sql(`begin; create role ${role}; ${its}
      set local role ${role}; ${statement}; rollback`);
  };
  afterEach(() => database.sql('rollback'));

  it.for([
    `insert into generation_jobs (owner_id, prompt, backend) values ('ann', 'x', 'mock') returning id`,
    `select enqueue_job('generate', '{"owner_id": "ann", "prompt": "x", "width": "y"}', 5, 1)`,
    `select cancel_job(enqueue_job('generate', '{"owner_id": "ann", "prompt": "x"}'))`,
    `insert into images (owner_id, original) values ('ann', 'a.jpg') returning id`,
    `insert into images (owner_id, original, requested_at) values ('ann', 'a.jpg', null)`,
    `select enqueue_job('process-image', '{"owner_id": "ann", "original": "a.jpg"}')`,
    `update images set requested_at = now()`,
    `select i.status, v.key from images i join image_variants v on v.image_id = i.id`,
  ])('are enough for %s', async (statement) => {
    await asApplication(statement);
  });

  it.for([
    `insert into generation_jobs (owner_id, prompt, status) values ('ann', 'x', 'completed')`,
    `update generation_jobs set prompt = 'y'`,
    `update images set status = 'completed'`,
    `delete from images`,
    `select * from api_tokens`,
  ])('are not enough for %s', async (statement) => {
    await expect(asApplication(statement)).rejects.toThrow('permission denied');
  });
});
