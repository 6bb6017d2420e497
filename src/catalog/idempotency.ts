import { and, eq, isNull, sql } from 'drizzle-orm';
import type { Database } from './postgres.js';
import { idempotencyKeys } from './schema.js';

/** Remembers for 24 hours how requests with an Idempotency-Key were answered. */
export interface IdempotencyCatalog {
  /**
   * Of two requests with one key the first one is to be answered; whoever comes later gets the first
   * one. A request that was begun ten minutes ago and never answered is answered by whoever repeats it:
   * whoever answered it is gone.
   */
  claim(claim: Claim): Promise<Claimed | FirstAnswer>;
  answer(claim: Claim, answer: Answer): Promise<void>;
  /**
   * There is no answer, and whoever repeats the request may try; in other words only what was refused,
   * of which it is certain that nothing was done.
   */
  release(claim: Claim, refused: boolean): Promise<void>;
}

export interface Claim {
  tokenId: string;
  key: string;
  /** Hash of what the request asks for. */
  requestSha256: string;
}

/** The request is to be answered. */
export interface Claimed {
  /** When its key was first used; the same for each repetition, until one of them is answered. */
  since: Date;
}

/** The request was answered, or is being answered by somebody else. */
export interface FirstAnswer {
  /** Of the first request; empty where that was refused. */
  requestSha256: string;
  /** Absent while the first request is being answered, and when that was lost. */
  answer?: Answer;
}

export interface Answer {
  status: number;
  body: unknown;
}

/** In place of a hash: the key is free for another request. */
const ANY = '';

const EXPIRED = sql`${idempotencyKeys.createdAt} < now() - interval '24 hours'`;
const ABANDONED = sql`${idempotencyKeys.status} is null and (${idempotencyKeys.claimedAt} is null
  or ${idempotencyKeys.claimedAt} < now() - interval '10 minutes')`;

export function idempotencyCatalog(database: Database): IdempotencyCatalog {
  const at = ({ tokenId, key }: Claim) =>
    and(eq(idempotencyKeys.tokenId, tokenId), eq(idempotencyKeys.key, key));

  return {
    async claim(claim) {
      await database.delete(idempotencyKeys).where(EXPIRED);
      const { tokenId, key, requestSha256 } = claim;
      const [claimed] = await database
        .insert(idempotencyKeys)
        .values({ tokenId, key, requestSha256 })
        .onConflictDoUpdate({
          target: [idempotencyKeys.tokenId, idempotencyKeys.key],
          set: { requestSha256, claimedAt: sql`now()` },
          setWhere: sql`${ABANDONED} and ${idempotencyKeys.requestSha256} in (${requestSha256}, ${ANY})`,
        })
        .returning({ since: idempotencyKeys.createdAt });
      if (claimed !== undefined) return claimed;
      const [first] = await database.select().from(idempotencyKeys).where(at(claim));
      // It has expired in between: whoever asks again may try.
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
    async release(claim, refused) {
      const freed = { claimedAt: null, ...(refused && { requestSha256: ANY }) };
      const unanswered = and(at(claim), isNull(idempotencyKeys.status));
      await database.update(idempotencyKeys).set(freed).where(unanswered);
    },
  };
}
