import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { migrate } from '../../src/catalog/migrate.js';
import type { TestDatabase } from './database.js';

/** Migrated once a run; copying it takes a few dozen milliseconds. */
const MIGRATED = 'darkroom_template';

/** What `createMigrated` copies; global set-up calls it when it has started the server. */
export async function prepareTemplate(server: string): Promise<void> {
  await ask(server, `create database ${MIGRATED}`);
  await migrate(urlOf(server, MIGRATED));
}

export function createMigrated(server: string): Promise<TestDatabase> {
  return create(server, MIGRATED);
}

export function createBare(server: string): Promise<TestDatabase> {
  return create(server, 'template0');
}

async function create(server: string, template: string): Promise<TestDatabase> {
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  await ask(server, `create database ${name} template ${template}`);
  return {
    url: urlOf(server, name),
    // Forced, because PGlite's process also ends however many are connected to it.
    [Symbol.asyncDispose]: () => ask(server, `drop database if exists ${name} with (force)`),
  };
}

async function ask(server: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: server });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

function urlOf(server: string, database: string): string {
  return Object.assign(new URL(server), { pathname: `/${database}` }).href;
}
