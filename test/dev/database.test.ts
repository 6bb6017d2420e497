import { mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { cacheFolder } from '../../src/dev/cache-folder.js';
import { startDatabase } from '../../src/dev/database.js';
import { commandOf } from '../../src/dev/processes.js';
import { nodeProgram, started } from './programs.js';
import { takenPort } from './taken-port.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const say = () => {};
const COMPILED = fileURLToPath(new URL('../../dist/dev/database.js', import.meta.url));

async function query(url: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

describe('startDatabase', () => {
  it('keeps what was committed when its process is killed', async () => {
    const dataDir = temporaryFolder();
    const first = await startDatabase({ dataDir, port: 0, say });
    await query(first.url, 'create extension vector');
    await query(first.url, `create table kept as select '[1,2]'::vector(2) as place`);
    process.kill(first.pid, 'SIGKILL');
    await vi.waitUntil(() => commandOf(first.pid) === undefined);
    await first[Symbol.asyncDispose]();

    const second = await startDatabase({ dataDir, port: 0, say });
    await expect(query(second.url, 'select place from kept')).resolves.toEqual([
      { place: '[1,2]' },
    ]);
    await second[Symbol.asyncDispose]();
    expect(commandOf(second.pid)).toBeUndefined();
  });

  it('begins anew where an earlier start was cut short, and when what it copies is broken', async () => {
    const dataDir = temporaryFolder();
    await mkdir(join(dataDir, 'database.incoming'));
    await writeFile(join(dataDir, 'database.incoming', 'PG_VERSION'), '17');
    const start = async () => {
      await using database = await startDatabase({ dataDir, port: 0, say });
      return await query(database.url, 'select 1 as one');
    };
    await expect(start()).resolves.toEqual([{ one: 1 }]);
    expect(await readdir(dataDir)).not.toContain('database.incoming');

    const [version = ''] = await readdir(cacheFolder(''), { encoding: 'utf8' }).then((names) =>
      names.filter((name) => name.startsWith('pglite-')),
    );
    const cache = temporaryFolder();
    vi.stubEnv('XDG_CACHE_HOME', cache);
    onTestFinished(() => void vi.unstubAllEnvs());
    const dump = join(cacheFolder(version), 'cluster.tar');
    await mkdir(cacheFolder(version), { recursive: true });
    await writeFile(dump, 'no dump');
    await rm(join(dataDir, 'database'), { recursive: true });
    await expect(start()).resolves.toEqual([{ one: 1 }]);
    expect((await stat(dump)).size).toBeGreaterThan(1_000_000);
  });

  it('uses a free port when the usual one is taken, and says so', async () => {
    const port = await takenPort();
    const said = vi.fn<(line: string) => void>();
    const options = { dataDir: temporaryFolder(), inMemory: true, port, say: said };
    const database = await startDatabase(options);
    await expect(query(database.url, 'select 1 as one')).resolves.toEqual([{ one: 1 }]);
    expect(said).toHaveBeenCalledWith(expect.stringContaining(`port ${port} is taken`));
    await database[Symbol.asyncDispose]();
  });

  it('ends when the process that started it is killed', async () => {
    const folder = temporaryFolder();
    const source = `
      import { startDatabase } from '${COMPILED}';
      const say = () => {};
      const dataDir = '${folder}';
      const { pid } = await startDatabase({ dataDir, inMemory: true, port: 0, say });
      process.send(pid);`;
    const parent = await started<number>(nodeProgram(folder, 'parent', source));
    expect(commandOf(parent.message)).toContain('database-server.js');
    parent.child.kill('SIGKILL');
    await vi.waitUntil(() => commandOf(parent.message) === undefined, { timeout: 10_000 });
  });
});
