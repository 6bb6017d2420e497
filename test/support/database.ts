import { migrate } from '../../src/catalog/migrate.js';
import { startDatabase } from '../../src/dev/database.js';
import { openTemporaryFolder } from './temporary-folder.js';

export interface TestDatabase extends AsyncDisposable {
  readonly url: string;
}

/** An empty catalog of its own: a process with PGlite in memory, migrated. */
export async function openTestDatabase(): Promise<TestDatabase> {
  const folder = openTemporaryFolder();
  const server = await startDatabase({
    dataDir: folder.path,
    inMemory: true,
    port: 0,
    say: () => undefined,
  });
  await migrate(server.url);
  return {
    url: server.url,
    [Symbol.asyncDispose]: async () => {
      await server[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}
