import { sql } from 'drizzle-orm';
import { drizzle, type NodePgDatabase } from 'drizzle-orm/node-postgres';
import pg from 'pg';
import type { Catalog } from './catalog.js';
import { withDatabaseErrors } from './database-errors.js';
import { deliveryCatalog } from './deliveries.js';
import { endpointCatalog } from './endpoints.js';
import { generationCatalog } from './generations.js';
import { groupedFailureCatalog } from './grouped-failures.js';
import { idempotencyCatalog } from './idempotency.js';
import { imageCatalog } from './images.js';
import { inspect } from './inspect.js';
import { lifecycleCatalog } from './lifecycle.js';
import { overviewCatalog } from './overview.js';
import { descriptionCache } from './description-cache.js';
import { limitCatalog } from './provider-limits.js';
import { providerCatalog } from './provider-states.js';
import { runCatalog } from './runs.js';
import { searchCatalog } from './search/search.js';
import { queueHistoryCatalog } from './queue-history.js';
import { workerBeatCatalog } from './worker-beats.js';
import { tokenCatalog } from './tokens.js';

export type Database = NodePgDatabase;

/** @param connections how many at most; opened when first needed. */
export function openCatalog(databaseUrl: string, { connections = 10 } = {}): Catalog {
  const pool = new pg.Pool({
    connectionString: databaseUrl,
    max: connections,
    connectionTimeoutMillis: 10_000,
    // A server that went without a word must look like one that is away, not hang its callers.
    query_timeout: 60_000,
    keepAlive: true,
  });
  // An idle connection that the server closes is replaced at the next query; without a listener
  // the event would end the process.
  pool.on('error', () => undefined);
  const database = drizzle(pool);

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
    ...withDatabaseErrors({
      ping: async () => {
        await database.execute(sql`select 1 from images limit 0`);
      },
      inspect: () => inspect(database),
    }),
    [Symbol.asyncDispose]: () => pool.end(),
  };
}
