import { and, asc, count, eq, isNull, or, sql } from 'drizzle-orm';
import type { Role } from '../domain/caller.js';
import { DarkroomError } from '../domain/failures.js';
import { isUuid } from '../domain/ids.js';

import { lockKey } from './lock-key.js';
import type { Database } from './postgres.js';
import { withoutNulls } from './rows.js';
import { apiTokens } from './schema.js';

/** Who may call the HTTP API. The catalog has only the hash of a token. */
export interface TokenCatalog {
  /** @throws DarkroomError `TooManyTokens` when as many of that name are live already */
  add(token: NewToken): Promise<{ id: string }>;
  /** Oldest first, also the revoked ones. */
  list(): Promise<TokenRecord[]>;
  /** Revoking again changes nothing. @returns false when there is no such token */
  revoke(id: string): Promise<boolean>;
  /** The live token with this hash; notes, to the minute, that it was used. */
  find(sha256: string): Promise<(TokenRecord & { sha256: string }) | undefined>;
}

export interface NewToken {
  name: string;
  role: Role;
  ownerId?: string;
  sha256: string;
}

export interface TokenRecord {
  id: string;
  name: string;
  role: Role;
  ownerId?: string;
  createdAt: Date;
  lastUsedAt?: Date;
  revokedAt?: Date;
}

/** The one that is in use and its successor; a third one would be one that nobody looks after. */
const LIVE_TOKENS_OF_A_NAME = 2;

export function tokenCatalog(database: Database): TokenCatalog {
  return {
    add: (token) => addToken(database, token),
    list: async () => {
      const rows = await database.select().from(apiTokens).orderBy(asc(apiTokens.id));
      return rows.map(recordOf);
    },
    revoke: (id) => revokeToken(database, id),
    find: (sha256) => findToken(database, sha256),
  };
}

async function addToken(database: Database, token: NewToken): Promise<{ id: string }> {
  return database.transaction(async (transaction) => {
    await lockKey(transaction, `token:${token.name}`);
    const [live] = await transaction
      .select({ tokens: count() })
      .from(apiTokens)
      .where(and(eq(apiTokens.name, token.name), isNull(apiTokens.revokedAt)));
    if ((live?.tokens ?? 0) >= LIVE_TOKENS_OF_A_NAME) throw new DarkroomError('TooManyTokens');
    const [added] = await transaction
      .insert(apiTokens)
      .values(token)
      .returning({ id: apiTokens.id });
    if (added === undefined) throw new Error('The database did not say what it had inserted.');
    return added;
  });
}

async function revokeToken(database: Database, id: string): Promise<boolean> {
  if (!isUuid(id)) return false;
  const revoked = await database
    .update(apiTokens)
    .set({ revokedAt: sql`coalesce(${apiTokens.revokedAt}, now())` })
    .where(eq(apiTokens.id, id))
    .returning({ id: apiTokens.id });
  return revoked.length > 0;
}

async function findToken(database: Database, sha256: string) {
  const live = and(eq(apiTokens.sha256, sha256), isNull(apiTokens.revokedAt));
  const [row] = await database.select().from(apiTokens).where(live);
  if (row === undefined) return undefined;
  if (row.lastUsedAt === null || Date.now() - row.lastUsedAt.getTime() > 60_000) {
    const minuteOld = sql`${apiTokens.lastUsedAt} < now() - interval '1 minute'`;
    await database
      .update(apiTokens)
      .set({ lastUsedAt: sql`now()` })
      .where(and(eq(apiTokens.id, row.id), or(isNull(apiTokens.lastUsedAt), minuteOld)));
  }
  return { ...recordOf(row), sha256: row.sha256 };
}

function recordOf(row: typeof apiTokens.$inferSelect): TokenRecord {
  const { id, name, role, createdAt } = row;
  return {
    ...{ id, name, role, createdAt },
    ...withoutNulls({
      ownerId: row.ownerId,
      lastUsedAt: row.lastUsedAt,
      revokedAt: row.revokedAt,
    }),
  };
}
