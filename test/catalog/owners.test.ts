import { createHash } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openCatalog } from '../../src/catalog/postgres.js';
import { originalKey } from '../../src/domain/own-object.js';
import { asApp, fillEveryTable, REFUSED } from './as-owner.js';
import { useCatalog } from './open.js';
import { facts, newImage } from './records.js';
import { ownedTables, type OwnedTable } from './walls.js';

const db = useCatalog();
const SHA = 'c'.repeat(64);
let client: pg.Client;
let tables: OwnedTable[];

beforeAll(async () => {
  client = new pg.Client({ connectionString: db.url });
  await client.connect();
  tables = await ownedTables(client);
});
afterAll(() => client.end());
beforeEach(async () => {
  await client.query('truncate api_tokens, webhook_endpoints cascade');
});

const app = (owner: string, text: string, values?: unknown[]) => asApp(client, owner, text, values);

function folder(owner: string): string {
  return createHash('sha256').update(owner).digest('hex').slice(0, 16);
}

describe('an application that is darkroom_app', () => {
  beforeEach(async () => {
    await fillEveryTable(client, 'ann');
    await fillEveryTable(client, 'bob');
  });

  it('sees its own rows of the tables that owners reach, and nothing of the others', async () => {
    expect(tables.length).toBeGreaterThan(9);
    for (const { name, app: reached } of tables) {
      const all = await client.query(`select to_jsonb(t)::text as row from ${name} t`);
      expect(all.rows, name).toHaveLength(2);
      const seen = app('ann', `select to_jsonb(t)::text as row from ${name} t`);
      if (!reached) {
        await expect(seen, name).rejects.toMatchObject(REFUSED);
        continue;
      }
      const [own, ...more] = await seen;
      expect(more, name).toEqual([]);
      expect(own?.row, name).toContain('ann');
      expect(own?.row, name).not.toContain('bob');
    }
  });

  it.each(['', 'nobody', "' or true --"])('sees nothing as the owner "%s"', async (owner) => {
    for (const { name } of tables.filter((table) => table.app)) {
      await expect(app(owner, `select * from ${name}`), name).resolves.toEqual([]);
    }
  });

  it('changes and deletes nothing of another owner', async () => {
    const rows = (name: string) =>
      client.query(`select to_jsonb(t)::text as row from ${name} t order by 1`);
    for (const { name } of tables) {
      const before = (await rows(name)).rows;
      await expect(app('ann', `delete from ${name}`), name).rejects.toMatchObject(REFUSED);
      await expect(app('ann', `truncate ${name} cascade`), name).rejects.toMatchObject(REFUSED);
      expect((await rows(name)).rows, name).toEqual(before);
    }
    const changed = `update images set file_name = 'mine' where owner_id = 'bob' returning id`;
    await expect(app('ann', changed)).resolves.toEqual([]);
    const cancelled = `update generation_jobs set cancel_requested_at = now() returning owner_id`;
    await expect(app('ann', cancelled)).resolves.toEqual([{ owner_id: 'ann' }]);
    for (const name of ['image_variants', 'image_embeddings', 'run_failures']) {
      const moved = `update ${name} set image_id = image_id`;
      await expect(app('ann', moved), name).rejects.toMatchObject(REFUSED);
    }
  });

  it('neither writes rows for another owner nor hands its own over', async () => {
    for (const text of [
      `insert into images (owner_id, original, file_name) values ('bob', 'https://x/1', 'x')`,
      `update images set owner_id = 'bob'`,
      `insert into generation_jobs (owner_id, prompt) values ('bob', 'a lighthouse')`,
      `update generation_jobs set owner_id = 'bob'`,
      `insert into image_variants select * from image_variants`,
      `insert into image_embeddings select * from image_embeddings`,
      `insert into api_tokens (name, role, sha256) values ('x', 'admin', 'x')`,
      `insert into webhook_endpoints (url, secret, events) values ('https://x', 's', '{}')`,
    ]) {
      await expect(app('ann', text), text).rejects.toMatchObject(REFUSED);
    }
  });

  it('takes no wall down', async () => {
    for (const text of [
      'alter table images disable row level security',
      'alter table images no force row level security',
      'drop policy darkroom_owner on images',
      'create policy mine on images using (true)',
      'drop table image_variants',
      'create table public.mine (id int)',
      'create trigger mine after insert on images execute function darkroom_image_ended()',
      'alter function darkroom_owner() set search_path = public',
      `create or replace function darkroom_owner() returns text language sql as $$ select 'bob' $$`,
      'grant select on api_tokens to darkroom_app',
      'set local role darkroom_service',
    ]) {
      // PGlite's one login is a superuser, who may become anybody from within any role.
      if (text.startsWith('set') && (await isSuperuser())) continue;
      await expect(app('ann', text), text).rejects.toMatchObject(REFUSED);
    }
  });

  it('puts no function that acts as the service on rows of its own making', async () => {
    for (const name of ['ended', 'deleted']) {
      const forged = `create temp table forged (like images);
        create trigger forged after update on forged for each row
          execute function darkroom_image_${name}()`;
      await client.query('begin; set local role darkroom_app');
      await expect(client.query(forged), name).rejects.toMatchObject(REFUSED);
      await client.query('rollback');
    }
  });
});

async function isSuperuser(): Promise<boolean> {
  const { rows } = await client.query<{ yes: boolean }>(
    'select rolsuper as yes from pg_roles where rolname = session_user',
  );
  return rows[0]?.yes === true;
}

describe('an image that an application brings in by SQL', () => {
  const insert = `insert into images (owner_id, original, file_name) values ('ann', $1, 'a.jpg')`;

  it.each([
    'https://example.com/a.jpg',
    originalKey(folder('ann'), SHA),
    originalKey(folder('ann'), SHA, '00000000-0000-7000-8000-000000000000'),
  ])('may be at %s', async (original) => {
    await app('ann', insert, [original]);
    await expect(app('ann', 'select original from images')).resolves.toEqual([{ original }]);
  });

  it.each([
    'file:///etc/passwd',
    's3://bucket/a.jpg',
    originalKey(folder('bob'), SHA),
    `originals/${folder('ann')}/../${folder('bob')}/${SHA}`,
    `originals/${folder('ann')}/${SHA}\nx`,
    'previews/00000000-0000-7000-8000-000000000000.jpg',
  ])('may not be at %s, which only the service reads', async (original) => {
    await expect(app('ann', insert, [original])).rejects.toMatchObject(REFUSED);
  });

  it.each([
    `sha256 = '${SHA}'`,
    `preview_key = 'previews/x.jpg'`,
    `building_key = 'variants/x'`,
    `image_key = 'variants/x'`,
    `status = 'completed'`,
    'deleted_at = now()',
  ])('may not be said to have %s', async (fact) => {
    await app('ann', insert, ['https://example.com/a.jpg']);
    await expect(app('ann', `update images set ${fact}`)).rejects.toMatchObject(REFUSED);
    const [column, value] = fact.split(' = ');
    const born = `insert into images (owner_id, original, file_name, ${column})
      values ('ann', 'https://example.com/b.jpg', 'b.jpg', ${value})`;
    await expect(app('ann', born)).rejects.toMatchObject(REFUSED);
  });

  it('is not ordered with a prediction or a picture that is there already', async () => {
    const image = await db.add('a', 'bob');
    for (const [column, value] of [
      ['prediction_id', `'p'`],
      ['image_id', `'${image}'`],
      ['status', `'processing'`],
    ]) {
      const order = `insert into generation_jobs (owner_id, prompt, ${column})
        values ('ann', 'a lighthouse', ${value})`;
      await expect(app('ann', order), column).rejects.toMatchObject(REFUSED);
      const changed = `update generation_jobs set ${column} = ${value}`;
      await expect(app('ann', changed), column).rejects.toMatchObject(REFUSED);
    }
  });
});

describe('the catalog as an owner', () => {
  const upload = { original: originalKey(folder('ann'), SHA), fileName: 'a.jpg' };

  it('knows the images of that owner only', async () => {
    const [hers, his] = [await db.addReady('a', 'ann'), await db.addReady('b', 'bob')];
    const { images, overview, search } = db.catalog.as('ann');
    expect((await images.list({ limit: 10 })).map(({ id }) => id)).toEqual([hers]);
    await expect(images.list({ limit: 10, ownerId: 'bob' })).resolves.toEqual([]);
    await expect(images.get(his)).resolves.toBeUndefined();
    await expect(images.get(hers)).resolves.toMatchObject({ id: hers });
    const variants = await images.variantsOf([hers, his]);
    expect([variants.get(hers)?.length, variants.get(his)?.length]).toEqual([6, 0]);
    expect((await overview.images([his, hers])).map(({ id }) => id)).toEqual([hers]);
    await expect(search.passing({ ownerId: 'bob' })).resolves.toMatchObject({ images: false });
    await expect(search.vectorsOf(his)).resolves.toEqual([]);
    const found = await search.byWords(['b'], {}, 10);
    expect(found).toEqual([]);
  });

  it('brings an image in, and back after it was deleted', async () => {
    const { images } = db.catalog.as('ann');
    const image = { ...upload, ownerId: 'ann', status: 'processing' } as const;
    const { id } = await images.register(image);
    await expect(images.register(image)).resolves.toEqual({ id, created: false });
    await db.catalog.images.recordOriginal(id, facts());
    await db.catalog.lifecycle.markDeleted(id);
    await expect(images.register(image)).resolves.toEqual({ id, created: true });
    await expect(images.get(id)).resolves.not.toHaveProperty('imageKey');
  });

  it('gives its own image other bytes, also in the middle of its making, and no other', async () => {
    const { lifecycle } = db.catalog.as('ann');
    const [hers, his] = [await db.addReady('a', 'ann'), await db.addReady('b', 'bob')];
    await expect(lifecycle.replaceOriginal(hers, upload)).resolves.toBe(true);
    const begun = await db.add('c', 'ann');
    await db.catalog.images.recordOriginal(begun, facts());
    const other = { original: originalKey(folder('ann'), SHA, begun) };
    await expect(lifecycle.replaceOriginal(begun, other)).resolves.toBe(true);
    await expect(lifecycle.replaceOriginal(his, upload)).resolves.toBe(false);
    await expect(db.catalog.images.get(his)).resolves.toMatchObject({
      original: 'file:///photos/b.jpg',
    });
  });

  it('has to have a name', () => {
    expect(() => db.catalog.as('')).toThrow(/has a name/);
  });
});

describe('the role of an owner', () => {
  const whoIsIt = `select current_user = session_user as same,
    coalesce(current_setting('darkroom.owner', true), '') as owner`;
  const NOBODY = { same: true, owner: '' };

  it('ends with its statement, whether that went well or not', async () => {
    // One connection, so that whatever it left behind would be the next statement's.
    await using catalog = openCatalog(db.url, { connections: 1 });
    for (const owner of ['ann', 'bob']) await db.add(`of-${owner}`, owner);
    const everybody = async () =>
      (await catalog.images.list({ limit: 10 })).map(({ ownerId }) => ownerId);
    const own = catalog.as('ann');

    await own.images.list({ limit: 1 });
    await expect(everybody()).resolves.toEqual(['bob', 'ann']);
    await expect(own.images.register(newImage('x', 'bob'))).rejects.toThrow();
    await expect(everybody()).resolves.toEqual(['bob', 'ann']);
    await expect(own.images.list({ limit: 1, after: 'x' })).rejects.toThrow(/not the id/);
    await expect(everybody()).resolves.toEqual(['bob', 'ann']);
    await expect(client.query(whoIsIt)).resolves.toMatchObject({ rows: [NOBODY] });
  });

  it('ends when its connection breaks in the middle', async () => {
    for (const end of ['asks', 'is idle']) {
      const broken = new pg.Client({ connectionString: db.url });
      broken.on('error', () => undefined);
      await broken.connect();
      await broken.query('begin; set local role darkroom_app');
      await broken.query(`select set_config('darkroom.owner', 'ann', true)`);
      if (end === 'asks') void broken.query('select count(*) from images').catch(() => undefined);
      broken.connection.stream.destroy();
      await expect(client.query(whoIsIt), end).resolves.toMatchObject({ rows: [NOBODY] });
    }
  });

  it('is each caller’s own, however many ask at once', async () => {
    const owners = ['ann', 'bob', 'cid'];
    for (const owner of owners) await db.add(`of-${owner}`, owner);
    const asked = Array.from({ length: 90 }, async (_, at) => {
      const owner = owners[at % 4];
      const { images } = owner === undefined ? db.catalog : db.catalog.as(owner);
      const seen = (await images.list({ limit: 10 })).map(({ ownerId }) => ownerId).sort();
      expect(seen).toEqual(owner === undefined ? owners : [owner]);
    });
    await Promise.all(asked);
  });
});
