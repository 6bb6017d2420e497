import pg from 'pg';
import { afterAll, beforeAll, beforeEach } from 'vitest';
import type { Catalog } from '../../src/catalog/catalog.js';
import { openCatalog } from '../../src/catalog/postgres.js';
import { openTestDatabase, type TestDatabase } from '../support/database.js';
import { facts, newImage, tier } from './records.js';

export interface TestCatalog {
  /** Open while the tests of the file run. */
  readonly catalog: Catalog;
  readonly url: string;
  /** What the catalog has no method for: other people's writes, and what is in the tables. */
  sql<Row extends object>(text: string, values?: unknown[]): Promise<Row[]>;
  add(name: string, ownerId?: string): Promise<string>;
  /** An image with all of its variants. */
  addReady(name: string, ownerId?: string): Promise<string>;
}

/** A real database for the tests of a file, empty at the start of each. */
export function useCatalog(): TestCatalog {
  let database: TestDatabase;
  let catalog: Catalog;
  let client: pg.Client;

  beforeAll(async () => {
    database = await openTestDatabase();
    catalog = openCatalog(database.url);
    client = new pg.Client({ connectionString: database.url });
    await client.connect();
  });
  beforeEach(async () => {
    await client.query('truncate images, backfill_runs cascade');
  });
  afterAll(async () => {
    await client.end();
    await catalog[Symbol.asyncDispose]();
    await database[Symbol.asyncDispose]();
  });

  const add = async (name: string, ownerId?: string) =>
    (await catalog.images.register(newImage(name, ownerId))).id;
  return {
    get catalog() {
      return catalog;
    },
    get url() {
      return database.url;
    },
    sql: async <Row extends object>(text: string, values: unknown[] = []) =>
      (await client.query<Row>(text, values)).rows,
    add,
    addReady: async (name, ownerId) => {
      const id = await add(name, ownerId);
      await catalog.images.recordOriginal(id, facts());
      for (const label of ['sm', 'md', 'lg'] as const) {
        await catalog.images.recordTier(id, tier(label));
      }
      return id;
    },
  };
}
