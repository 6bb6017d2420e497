import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { migrate } from '../../src/catalog/migrate.js';
import { openCatalog } from '../../src/catalog/postgres.js';
import { startPostgres, type PostgresServer } from '../support/postgres-server.js';
import { asApp, fillEveryTable, REFUSED } from './as-owner.js';
import { useCatalog } from './open.js';
import { facts, failure, newImage, tier } from './records.js';
import { gaps, ownedTables } from './walls.js';

describe('a login that is a member of darkroom_app', () => {
  const db = useCatalog();
  let client: pg.Client;

  beforeAll(async () => {
    client = new pg.Client({ connectionString: db.url });
    await client.connect();
    // Roles are the whole server's, and the server is the whole run's.
    await client.query('drop role if exists shop; create role shop login in role darkroom_app');
  });
  afterAll(async () => {
    await client.query('drop role shop');
    await client.end();
  });

  /** As `shop`, which inherits what darkroom_app may; PGlite lets only one login in. */
  async function asShop<Row extends object>(...statements: string[]): Promise<Row[]> {
    await client.query('begin; set local role shop');
    try {
      let rows: Row[] = [];
      for (const text of statements) rows = (await client.query<Row>(text)).rows;
      await client.query('commit');
      return rows;
    } catch (error) {
      await client.query('rollback');
      throw error;
    }
  }

  it('orders pictures and sees its images, once it says whose', async () => {
    for (const owner of ['ann', 'bob']) await db.add(`of-${owner}`, owner);
    const images = 'select owner_id from images';
    await expect(asShop(images)).resolves.toEqual([]);
    const ann = `set local darkroom.owner = 'ann'`;
    await expect(asShop(ann, images)).resolves.toEqual([{ owner_id: 'ann' }]);
    const order = (owner: string) =>
      `insert into generation_jobs (owner_id, prompt) values ('${owner}', 'a lighthouse') returning status`;
    await expect(asShop(ann, order('ann'))).resolves.toEqual([{ status: 'pending' }]);
    await expect(asShop(ann, order('bob'))).rejects.toMatchObject(REFUSED);
    await expect(asShop(ann, 'select * from api_tokens')).rejects.toMatchObject(REFUSED);
    await expect(asShop(images)).resolves.toEqual([]);
  });
});

describe.skipIf(inject('postgresUrl') === undefined)('on a server of several logins', () => {
  let server: PostgresServer;
  let root: pg.Client;

  beforeAll(async () => {
    server = await startPostgres(() => undefined);
    root = await connect(server.url);
  });
  afterAll(async () => {
    await root.end();
    await server[Symbol.asyncDispose]();
  });

  async function connect(url: string): Promise<pg.Client> {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    return client;
  }

  function urlOf(login: string, database: string): string {
    return Object.assign(new URL(server.url), { username: login, pathname: `/${database}` }).href;
  }

  /** A database of its own for a login that is no superuser. */
  async function createDatabase(login: string, rights = ''): Promise<string> {
    await root.query(`create role ${login} login ${rights}`);
    await root.query(`create database ${login} owner ${login}`);
    const inside = await connect(urlOf('postgres', login));
    await inside.query('create extension vector');
    await inside.end();
    return urlOf(login, login);
  }

  /** What the service does across owners and for one, as workers, server and triggers do it. */
  async function expectToWork(url: string): Promise<void> {
    await using catalog = openCatalog(url);
    const client = await connect(url);
    try {
      await expect(gaps(client)).resolves.toEqual([]);
      for (const owner of ['ann', 'bob']) await fillEveryTable(client, owner);
      for (const { name } of await ownedTables(client)) {
        const { rows } = await client.query(`select from ${name}`);
        expect(rows, name).toHaveLength(2);
      }
      await catalog.endpoints.add({ url: 'https://x/', secret: 's', events: ['image.failed'] });
      const { id } = await catalog.images.register(newImage('c', 'ann'));
      await catalog.images.recordOriginal(id, facts());
      await catalog.images.recordTier(id, tier('sm'));
      await catalog.images.recordFailure(id, ['variants', 'metadata', 'embedding'], failure());
      const told = await catalog.deliveries.list({ limit: 9 });
      expect(told.map(({ type }) => type)).toContain('image.failed');
      const own = await catalog.as('ann').images.list({ limit: 9 });
      expect(own.map(({ ownerId }) => ownerId)).toEqual(['ann', 'ann']);
      await expect(catalog.inspect()).resolves.toMatchObject({ hasRoles: true });
    } finally {
      await client.end();
    }
  }

  it('migrates as one that may make roles, and makes them', async () => {
    const url = await createDatabase('maker', 'createrole');
    await migrate(url);
    await expectToWork(url);
    await root.query('drop database maker with (force)');
    await root.query('drop role darkroom_app, darkroom_service');
  });

  it('says what to run when the login may not make roles, and then migrates', async () => {
    const url = await createDatabase('plain');
    const refused = await migrate(url).then(
      () => undefined,
      (error: unknown) => error as Error,
    );
    expect(refused).toMatchObject({ kind: 'NotMigrated' });
    expect(refused?.message).toMatch(
      /^The login plain may not make the roles .* As a superuser run once: CREATE ROLE darkroom_app/,
    );
    await root.query(refused?.message.replace(/^.* run once: /, '') ?? '');
    await migrate(url);
    await expectToWork(url);
  });

  it('says what to run also where the roles are there already', async () => {
    const url = await createDatabase('second');
    await expect(migrate(url)).rejects.toThrow(
      'As a superuser run once: GRANT darkroom_app TO second WITH INHERIT FALSE, SET TRUE; ' +
        'GRANT darkroom_service TO second WITH INHERIT TRUE;',
    );
  });

  it('lets an application in that has an owner of its own, and shows a stranger nothing', async () => {
    await root.query(`create role shop login in role darkroom_app`);
    await root.query(`alter role shop set darkroom.owner = 'ann'`);
    await root.query('create role stranger login');
    // As the databases of docker-compose.yml are, and as docs/operations.md asks where several share a server.
    await root.query('revoke connect on database plain from public');
    await expect(connect(urlOf('shop', 'plain'))).rejects.toMatchObject(REFUSED);
    await root.query('grant connect on database plain to shop, stranger');
    const shop = await connect(urlOf('shop', 'plain'));
    const stranger = await connect(urlOf('stranger', 'plain'));
    try {
      const owners = 'select distinct owner_id from images';
      expect((await shop.query(owners)).rows).toEqual([{ owner_id: 'ann' }]);
      await expect(shop.query('set role darkroom_service')).rejects.toMatchObject(REFUSED);
      await expect(shop.query('set role plain')).rejects.toMatchObject(REFUSED);
      // As docs/operations.md says: a default, which the application itself may leave.
      const bob = await asApp(shop, 'bob', 'select count(*)::int from images');
      expect(bob).toEqual([{ count: 1 }]);
      await expect(stranger.query(owners)).rejects.toMatchObject(REFUSED);
    } finally {
      await shop.end();
      await stranger.end();
    }
  });

  it('lets a second login of the service in when it gets both roles', async () => {
    await root.query('create role worker login');
    await root.query('grant connect on database plain to worker');
    const inside = await connect(urlOf('postgres', 'plain'));
    await inside.query(
      'grant select, insert, update, delete on all tables in schema public to worker',
    );
    await inside.query('grant usage on schema drizzle to worker');
    await inside.query('grant select on all tables in schema drizzle to worker');
    await inside.end();
    await using catalog = openCatalog(urlOf('worker', 'plain'));
    await expect(catalog.images.list({ limit: 9 })).resolves.toEqual([]);
    await expect(catalog.inspect()).resolves.toMatchObject({ hasRoles: false, login: 'worker' });
    await root.query(
      'grant darkroom_app to worker with inherit false, set true; grant darkroom_service to worker',
    );
    expect((await catalog.images.list({ limit: 9 })).length).toBeGreaterThan(2);
    expect((await catalog.as('bob').images.list({ limit: 9 })).length).toBe(1);
    await expect(catalog.inspect()).resolves.toMatchObject({ hasRoles: true });
  });
});
