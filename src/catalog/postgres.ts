import { sql } from 'drizzle-orm';
import { drizzle, type NodePgQueryResultHKT } from 'drizzle-orm/node-postgres';
import type { PgDatabase } from 'drizzle-orm/pg-core';
import pg from 'pg';
import { asOwner } from './as-owner.js';
import type { Catalog, OwnerCatalog } from './catalog.js';
import { withDatabaseErrors } from './database-errors.js';
import { deliveryCatalog } from './deliveries.js';
import { endpointCatalog } from './endpoints.js';
import { generationCatalog } from './generations.js';
import { groupedFailureCatalog } from './grouped-failures.js';
import { HAVING_OF_OWNER } from './having.js';
import { idempotencyCatalog } from './idempotency.js';
import { imageCatalog } from './images.js';
import { inspect } from './inspect.js';
import { lifecycleCatalog } from './lifecycle.js';
import { overviewCatalog } from './overview.js';
import { descriptionCache } from './description-cache.js';
import { limitCatalog } from './provider-limits.js';
import { providerCatalog } from './provider-states.js';
import { runCatalog } from './runs.js';
import { queueHistoryCatalog } from './queue-history.js';
import { imageSearch, searchCatalog } from './search/search.js';
import { workerBeatCatalog } from './worker-beats.js';
import { tokenCatalog } from './tokens.js';
import { inTransaction } from './transaction.js';

/** A database, or a transaction of it. */
export type Database = PgDatabase<NodePgQueryResultHKT, Record<string, never>>;

/**
 * @param connections how many at most; opened when first needed
 * @param answerMs how long a statement may take
 */
export function openCatalog(
  databaseUrl: string,
  { connections = 10, answerMs = 60_000 } = {},
): Catalog {
  const pool = new pg.Pool({
    connectionString: databaseUrl,
    max: connections,
    connectionTimeoutMillis: 10_000,
    // A server that went without a word must look like one that is away, not hang its callers.
    query_timeout: answerMs,
    keepAlive: true,
  });
  // An idle connection that the server closes is replaced at the next query; without a listener
  // the event would end the process.
  pool.on('error', () => undefined);
  // So would that of one that is in use; whoever uses it is told by the statement that fails.
  pool.on('connect', (client) => client.on('error', () => undefined));
  const database: Database = Object.assign(drizzle(pool), {
    transaction: <T>(work: (transaction: Database) => Promise<T>) => inTransaction(pool, work),
  });

  return {
    images: withDatabaseErrors(imageCatalog(database)),
    lifecycle: withDatabaseErrors(lifecycleCatalog(database)),
    runs: withDatabaseErrors(runCatalog(database)),
    generations: withDatabaseErrors(generationCatalog(database)),
    tokens: withDatabaseErrors(tokenCatalog(database)),
    idempotency: withDatabaseErrors(idempotencyCatalog(database)),
    overview: withDatabaseErrors(overviewCatalog(database)),
    endpoints: withDatabaseErrors(endpointCatalog(database)),
    deliveries: withDatabaseErrors(deliveryCatalog(database)),
    groupedFailures: withDatabaseErrors(groupedFailureCatalog(database)),
    search: withDatabaseErrors(searchCatalog(database, databaseUrl)),
    descriptions: withDatabaseErrors(descriptionCache(database)),
    limits: withDatabaseErrors(limitCatalog(database)),
    providers: withDatabaseErrors(providerCatalog(database)),
    beats: withDatabaseErrors(workerBeatCatalog(database)),
    queueHistory: withDatabaseErrors(queueHistoryCatalog(database)),
    as: (ownerId) => ownerCatalog(pool, ownerId),
    ...withDatabaseErrors({
      ping: async () => {
        await database.execute(sql`select 1 from images limit 0`);
      },
      inspect: () => inspect(database),
    }),
    [Symbol.asyncDispose]: () => pool.end(),
  };
}

function ownerCatalog(pool: pg.Pool, ownerId: string): OwnerCatalog {
  const own = <T extends object>(methodsOf: (database: Database) => T): T =>
    withDatabaseErrors(asOwner(pool, ownerId, methodsOf));
  return {
    images: own((database) => imageCatalog(database, HAVING_OF_OWNER)),
    lifecycle: own(lifecycleCatalog),
    overview: own(overviewCatalog),
    generations: own(generationCatalog),
    search: own((database) => imageSearch(database, HAVING_OF_OWNER)),
  };
}
