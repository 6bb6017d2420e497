import { inject } from 'vitest';
import { startDatabase } from '../../src/dev/database.js';
import { createBare, createMigrated } from './postgres-databases.js';
import { openTemporaryFolder } from './temporary-folder.js';

export interface TestDatabase extends AsyncDisposable {
  readonly url: string;
}

/** An empty catalog of its own, migrated: on the PostgreSQL server of the pass, else on PGlite. */
export async function openTestDatabase(): Promise<TestDatabase> {
  const server = inject('postgresUrl');
  return server === undefined ? startPglite(inject('pgliteTemplate')) : createMigrated(server);
}

/** A database of its own without any tables, for tests of migrations. */
export async function openBareDatabase(): Promise<TestDatabase> {
  const server = inject('postgresUrl');
  return server === undefined ? startPglite() : createBare(server);
}

/** A process with PGlite in memory. */
async function startPglite(template?: string): Promise<TestDatabase> {
  const folder = openTemporaryFolder();
  const server = await startDatabase({
    dataDir: folder.path,
    inMemory: true,
    template,
    port: 0,
    say: () => undefined,
  });
  return {
    url: server.url,
    [Symbol.asyncDispose]: async () => {
      await server[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}
