import { and, eq, isNull, sql } from 'drizzle-orm';
import type { Database } from './postgres.js';
import { idempotencyKeys } from './schema.js';

/** Remembers for 24 hours how requests with an Idempotency-Key were answered. */
export interface IdempotencyCatalog {
  /**
   * Of two requests with one key the first one gets `undefined` and is to be answered; whoever comes
   * later gets the first one. A request that was begun ten minutes ago and never answered counts for
   * nothing: whoever answered it is gone.
   */
  claim(claim: Claim): Promise<Claimed | undefined>;
  answer(claim: Claim, answer: { status: number; body: unknown }): Promise<void>;
  /** As if it had never been claimed, because nothing was done. */
  release(claim: Claim): Promise<void>;
}

export interface Claim {
  tokenId: string;
  key: string;
  /** Hash of what the request asks for. */
  requestSha256: string;
}

export interface Claimed {
  requestSha256: string;
  /** Absent while the first request is being answered. */
  answer?: { status: number; body: unknown };
}

export function idempotencyCatalog(database: Database): IdempotencyCatalog {
  const at = ({ tokenId, key }: Claim) =>
    and(eq(idempotencyKeys.tokenId, tokenId), eq(idempotencyKeys.key, key));

  return {
    async claim(claim) {
      await forgetOld(database);
      const { tokenId, key, requestSha256 } = claim;
      const claimed = await database
        .insert(idempotencyKeys)
        .values({ tokenId, key, requestSha256 })
        .onConflictDoNothing()
        .returning({ key: idempotencyKeys.key });
      if (claimed.length > 0) return undefined;
      const [first] = await database.select().from(idempotencyKeys).where(at(claim));
      // Released in between: whoever asks again may try.
      if (first === undefined) return { requestSha256 };
      const { status, body } = first;
      return {
        requestSha256: first.requestSha256,
        ...(status !== null && { answer: { status, body } }),
      };
    },
    async answer(claim, { status, body }) {
      const { requestSha256 } = claim;
      await database.update(idempotencyKeys).set({ status, body, requestSha256 }).where(at(claim));
    },
    async release(claim) {
      await database.delete(idempotencyKeys).where(and(at(claim), isNull(idempotencyKeys.status)));
    },
  };
}

async function forgetOld(database: Database): Promise<void> {
  await database.delete(idempotencyKeys).where(
    sql`${idempotencyKeys.createdAt} < now() - interval '24 hours' or
      (${idempotencyKeys.status} is null and ${idempotencyKeys.createdAt} < now() - interval '10 minutes')`,
  );
}
