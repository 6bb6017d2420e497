import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { inspect } from 'node:util';
import { DefaultFailureConverter, defaultPayloadConverter } from '@temporalio/common';
import { DrizzleQueryError } from 'drizzle-orm';
import pg from 'pg';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Catalog } from '../../src/catalog/catalog.js';
import { databaseError } from '../../src/catalog/database-errors.js';
import { migrate } from '../../src/catalog/migrate.js';
import { openCatalog } from '../../src/catalog/postgres.js';
import { plainError } from '../../src/log/plain-error.js';
import { openBareDatabase, openTestDatabase } from '../support/database.js';
import { everythingIn } from '../support/everything-in.js';
import { DESCRIBER, facts, failure, METADATA, newImage, selection, tier } from './records.js';

const ID = '00000000-0000-7000-8000-000000000000';

/** Stands for a prompt, a name, an address: in every input, and never in what is said of a failure. */
const WORD = 'nightingale';

/** Every method, each with an input that reaches the database. */
const CALLS: Record<string, (catalog: Catalog) => Promise<unknown>> = {
  ping: (catalog) => catalog.ping(),
  add: ({ images }) => images.add([newImage(WORD)]),
  register: ({ images }) => images.register(newImage(WORD)),
  get: ({ images }) => images.get(ID),
  variants: ({ images }) => images.variants(ID),
  list: ({ images }) => images.list({ limit: 1, tag: WORD, ownerId: WORD }),
  count: ({ images }) => images.count(selection({ ownerId: WORD })),
  stats: ({ images }) => images.stats(),
  page: ({ images }) => images.page({ ...selection({ ownerId: WORD }), limit: 1 }),
  recordOriginal: ({ images }) => images.recordOriginal(ID, facts({ previewKey: WORD })),
  recordTier: ({ images }) => images.recordTier(ID, tier('sm', { imageKey: WORD })),
  recordMetadata: ({ images }) =>
    images.recordMetadata(ID, { ...METADATA, description: WORD }, DESCRIBER),
  recordFailure: ({ images }) => images.recordFailure(ID, ['variants'], failure({ message: WORD })),
  release: ({ images }) => images.release(ID),
  'runs.get': ({ runs }) => runs.get(WORD),
  'runs.list': ({ runs }) => runs.list(1),
  'runs.checkpoint': ({ runs }) => runs.checkpoint(WORD, { done: 0, failed: 0 }),
  'generations.add': ({ generations }) =>
    generations.add([{ ownerId: 'ann', prompt: `a ${WORD}`, negativePrompt: WORD }]),
  'endpoints.add': ({ endpoints }) =>
    endpoints.add({ url: `https://example.com/?${WORD}`, secret: WORD, events: [] }),
  'search.byWords': ({ search }) => search.byWords([WORD], { tags: [WORD] }, 1),
};

/** Whatever is kept of an error: by an inspector, by the log, by Temporal. */
function everythingSaidOf(error: unknown): string {
  const kept = new DefaultFailureConverter().errorToFailure(error, defaultPayloadConverter);
  return [inspect(error, { depth: 20 }), plainError(error), everythingIn(kept)]
    .map((said) => (typeof said === 'string' ? said : JSON.stringify(said)))
    .join('\n');
}

async function errorOf(call: Promise<unknown>): Promise<unknown> {
  return call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
}

async function expectEveryCall(catalog: Catalog, kind: string): Promise<void> {
  for (const [name, call] of Object.entries(CALLS)) {
    const error = await errorOf(call(catalog));
    expect(error, name).toMatchObject({ name: 'DarkroomError', kind });
    expect(everythingSaidOf(error), name).not.toContain(WORD);
  }
}

function opened(url: string): Catalog {
  const catalog = openCatalog(url, { connections: 2 });
  onTestFinished(() => catalog[Symbol.asyncDispose]());
  return catalog;
}

const AUTHENTICATED = Buffer.from([0x52, 0, 0, 0, 8, 0, 0, 0, 0]);
const BEGUN = Buffer.concat([Buffer.from([0x43, 0, 0, 0, 10]), Buffer.from('BEGIN\0')]);
const readyForQuery = (state: 'I' | 'T') => Buffer.from([0x5a, 0, 0, 0, 5, state.charCodeAt(0)]);

/** Lets a client in, and then does with each question what is said; the last one holds for all others. */
async function serverThat(
  ...answers: ((socket: Socket) => void)[]
): Promise<{ url: string; visits: () => number }> {
  let visits = 0;
  const server = createServer((socket) => {
    visits += 1;
    let asked = 0;
    socket.on('error', () => undefined);
    socket.once('data', () => {
      socket.write(Buffer.concat([AUTHENTICATED, readyForQuery('I')]));
      socket.on('data', () => answers[Math.min(asked++, answers.length - 1)]?.(socket));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  return { url: `postgres://postgres@127.0.0.1:${port}/postgres`, visits: () => visits };
}

const leaves = (socket: Socket) => socket.destroy();
const begins = (socket: Socket) => void socket.write(Buffer.concat([BEGUN, readyForQuery('T')]));
const isSilent = () => undefined;

describe('a catalog', () => {
  it('says NotMigrated before the tables are there, and works once they are', async () => {
    await using database = await openBareDatabase();
    const catalog = opened(database.url);
    await expectEveryCall(catalog, 'NotMigrated');
    await expect(catalog.ping()).rejects.toThrow('darkroom migrate');

    await migrate(database.url);
    await expect(catalog.ping()).resolves.toBeUndefined();
    await expect(catalog.images.add([newImage('a')])).resolves.toEqual({ added: 1 });
  });

  it('says DatabaseUnavailable while its server is away, also on connections that were open', async () => {
    const database = await openTestDatabase();
    const catalog = opened(database.url);
    await catalog.images.add([newImage('a')]);
    await database[Symbol.asyncDispose]();
    await expectEveryCall(catalog, 'DatabaseUnavailable');
  });

  it('says DatabaseUnavailable when the server goes in the middle of a query', async () => {
    const { url } = await serverThat(leaves);
    await expect(opened(url).ping()).rejects.toMatchObject({ kind: 'DatabaseUnavailable' });
  });

  it('says the same when it goes in the middle of a transaction, also of one for an owner', async () => {
    const { url } = await serverThat(begins, leaves);
    const catalog = opened(url);
    for (const { images } of [catalog, catalog.as('ann')]) {
      const work = images.register(newImage('a'));
      await expect(work).rejects.toMatchObject({ kind: 'DatabaseUnavailable' });
    }
  });

  it('lets go of a connection on which nobody answers, within a transaction or before it has begun', async () => {
    for (const answers of [[isSilent], [begins, isSilent]]) {
      const { url, visits } = await serverThat(...answers);
      const catalog = openCatalog(url, { connections: 1, answerMs: 200 });
      onTestFinished(() => catalog[Symbol.asyncDispose]());
      for (let times = 1; times <= 2; times += 1) {
        const work = catalog.images.register(newImage('a'));
        await expect(work).rejects.toMatchObject({ kind: 'DatabaseUnavailable' });
        expect(visits()).toBe(times);
      }
    }
  });
});

describe('what a failed statement says', () => {
  /** Every table takes nothing more, and says so with the row that it did not take. */
  async function refusingEverything(): Promise<Catalog> {
    const database = await openTestDatabase();
    onTestFinished(() => database[Symbol.asyncDispose]());
    const catalog = opened(database.url);
    const client = new pg.Client({ connectionString: database.url });
    await client.connect();
    for (const table of ['images', 'generation_jobs', 'webhook_endpoints']) {
      await client.query(`alter table ${table} add constraint full_house check (false) not valid`);
    }
    await client.end();
    return catalog;
  }

  it('names what refused it, and none of its values', async () => {
    const catalog = await refusingEverything();
    for (const name of ['add', 'register', 'generations.add', 'endpoints.add']) {
      const error = await errorOf(CALLS[name]?.(catalog) ?? Promise.resolve());
      expect(error, name).toMatchObject({ code: '23514', constraint: 'full_house' });
      expect(String(error), name).toMatch(/^StatementRefused: new row for relation "\w+" violates/);
      expect((error as Error).stack, name).toContain('src/catalog/');
      expect(everythingSaidOf(error), name).not.toContain(WORD);
    }
  });

  it('does not repeat what the server could not read', async () => {
    const database = await openTestDatabase();
    onTestFinished(() => database[Symbol.asyncDispose]());
    const failures = [
      await errorOf(opened(database.url).images.release(WORD)),
      await errorOf(opened(database.url).images.page({ ...selection({ ids: [WORD] }), limit: 1 })),
    ];
    for (const error of failures) {
      expect(error).toMatchObject({
        code: '22P02',
        message: 'invalid input syntax for type uuid: …',
      });
      expect(everythingSaidOf(error)).not.toContain(WORD);
    }
  });
});

describe('databaseError', () => {
  const withCode = (code: string) => Object.assign(new Error('the words'), { code });

  const outages = '57P01 57P03 25006 53000 53100 53200 53300 53400 58000 58030 08006 40P01 '
    .concat('ECONNRESET ENOTFOUND EHOSTUNREACH ENETUNREACH ENETDOWN ECONNABORTED ')
    .concat('EMFILE ENFILE ENOMEM ENOBUFS EADDRNOTAVAIL EAGAIN')
    .split(' ');

  it.for(outages)('reads %s as an outage, however deep it is wrapped', (code) => {
    const wrapped = new Error('Failed query', {
      cause: new AggregateError([new Error('x', { cause: withCode(code) })]),
    });
    expect(databaseError(wrapped)).toMatchObject({
      kind: 'DatabaseUnavailable',
      message: 'The database is away: the words',
      cause: wrapped,
    });
  });

  it.for(['23505', '22P02', '42703'])('passes %s on as it is', (code) => {
    const error = withCode(code);
    expect(databaseError(error)).toBe(error);
  });

  it('takes no value of a statement for the words of the driver', () => {
    const refused = new Error('it does not say why');
    const failed = new DrizzleQueryError('select $1', ['a query read timeout'], refused);
    expect(databaseError(failed)).toBe(refused);
  });
});
