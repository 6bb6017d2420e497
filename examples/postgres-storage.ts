// A store of one's own: objects in a PostgreSQL database, for an application that has one and no disk
// to share. Workers, server, clients and the CLI use it when their environment says
//
//   ORIGINAL_STORAGE='module:/srv/photos/postgres-storage.js?url=postgres://...&table=objects'
//
// Values are encoded as in every address (`encodeURIComponent`: `&` of a password is `%26`). It is compiled by
//
//   npx esbuild examples/postgres-storage.ts --format=esm --outfile=/srv/photos/postgres-storage.js
//
// and lies where `darkroom` and `pg` are found: in a folder of the application that has both installed and
// `"type": "module"` in its package.json, or in a clone of Darkroom (there: .darkroom/postgres-storage.js). What a store promises is said in
// `Storage`, and test/storage/storage.contract.ts tries it.
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { DarkroomError, type StorageModule } from 'darkroom';
import pg from 'pg';

const CHUNK_BYTES = 256 * 1024;

const open: StorageModule = async ({ url, table = 'darkroom_objects' }) => {
  const name = pg.escapeIdentifier(table);
  const pool = new pg.Pool({ connectionString: url, max: 8 });
  // A connection that breaks while nobody uses it is replaced; whoever uses one is told.
  pool.on('error', () => undefined);
  const query = async <Row extends object>(text: string, values: unknown[] = []) =>
    (await pool.query<Row>(text, values).catch(unavailable)).rows;
  await query(`create table if not exists ${name} (
    key text collate "C", part int, bytes bytea not null, size bigint not null, sha256 text not null,
    stored_at timestamptz not null default now(), primary key (key, part))`);

  const facts = async (key: string) => {
    const text = `select size, sha256 from ${name} where key = $1 and part = 0`;
    const [row] = await query<{ size: string; sha256: string }>(text, [key]);
    return row && { sizeBytes: Number(row.size), sha256: row.sha256 };
  };

  async function* chunks(key: string, first: number, last: number): AsyncGenerator<Buffer> {
    // One statement a chunk: memory stays flat. A replacement meanwhile shows as another checksum.
    for (let from = first; from <= last;) {
      const part = Math.floor(from / CHUNK_BYTES);
      const text = `select bytes from ${name} where key = $1 and part = $2`;
      const [row] = await query<{ bytes: Buffer }>(text, [key, part]);
      if (row === undefined) throw new DarkroomError('OriginalMissing');
      const start = part * CHUNK_BYTES;
      const bytes = row.bytes.subarray(from - start, last - start + 1);
      yield bytes;
      from += bytes.length;
    }
  }

  return {
    read: async (key, { part } = {}) => {
      const found = await facts(key);
      if (found === undefined) throw new DarkroomError('OriginalMissing');
      return Readable.from(chunks(key, part?.first ?? 0, part?.last ?? found.sizeBytes - 1));
    },

    write: async (key, { from, sizeBytes, sha256 }, { signal } = {}) => {
      const client = await pool.connect().catch(unavailable);
      try {
        await client.query('begin');
        // Writers of one key take turns, so that its parts are of one of them.
        await client.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [key]);
        await client.query(`delete from ${name} where key = $1`, [key]);
        const hash = createHash('sha256');
        let [part, size] = [0, 0];
        const insert = async (bytes: Uint8Array) => {
          signal?.throwIfAborted();
          hash.update(bytes);
          size += bytes.length;
          const text = `insert into ${name} (key, part, bytes, size, sha256) values ($1, $2, $3, 0, '')`;
          await client.query(text, [key, part++, bytes]);
        };
        for await (const bytes of pieces(from)) await insert(bytes);
        if (part === 0) await insert(new Uint8Array());
        const actual = hash.digest('hex');
        if (size !== sizeBytes || (sha256 !== undefined && sha256 !== actual))
          throw new DarkroomError(
            'StorageUnavailable',
            'The bytes are not those that were promised.',
          );
        const text = `update ${name} set size = $2, sha256 = $3 where key = $1 and part = 0`;
        await client.query(text, [key, size, actual]);
        await client.query('commit');
        client.release();
      } catch (error) {
        // Destroys the connection, and with it what it had not committed.
        client.release(true);
        signal?.throwIfAborted();
        throw error instanceof pg.DatabaseError ? outage(error) : error;
      }
    },

    stat: facts,

    delete: async (key) => {
      await query(`delete from ${name} where key = $1`, [key]);
    },

    async *list(prefix) {
      for (let after = ''; ;) {
        const rows = await query<{ key: string; size: string; stored_at: Date }>(
          `select key, size, stored_at from ${name}
           where part = 0 and starts_with(key, $1) and key > $2 order by key limit 1000`,
          [prefix, after],
        );
        for (const { key, size, stored_at: modifiedAt } of rows)
          yield { key, sizeBytes: Number(size), modifiedAt };
        const last = rows.at(-1);
        if (last === undefined) return;
        after = last.key;
      }
    },

    [Symbol.asyncDispose]: () => pool.end(),
  };
};

export default open;

/** The source in pieces of a chunk, all but the last one full. */
async function* pieces(from: { path: string } | { bytes: Uint8Array }): AsyncGenerator<Uint8Array> {
  if ('path' in from) {
    yield* createReadStream(from.path, { highWaterMark: CHUNK_BYTES }) as AsyncIterable<Buffer>;
    return;
  }
  for (let at = 0; at < from.bytes.length; at += CHUNK_BYTES)
    yield from.bytes.subarray(at, at + CHUNK_BYTES);
}

function unavailable(cause: unknown): never {
  throw outage(cause);
}

/** Tried again for half an hour, as every store that is away. */
function outage(cause: unknown): DarkroomError {
  return new DarkroomError('StorageUnavailable', undefined, { cause });
}
