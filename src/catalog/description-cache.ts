import { and, eq, isNotNull, isNull, sql } from 'drizzle-orm';
import type { Words } from '../domain/image.js';
import type { Database } from './postgres.js';
import { metadataCache } from './provider-schema.js';

/** What has been said of bytes, so that the same bytes need one call, whoever has them. */
export interface DescriptionCache {
  /**
   * The words if there are any; otherwise who asks for them: the image that says so first, which may
   * say so again, and another one when nothing has come of it for three minutes.
   * @param since words from before that moment do not count
   */
  claim(description: Described, imageId: string, since?: Date): Promise<Words | 'mine' | 'others'>;
  keep(key: string, words: Words): Promise<void>;
  /** It came to nothing, so another image need not wait. */
  release(key: string, imageId: string): Promise<void>;
}

/** Of which bytes, and by whom. */
export interface Described {
  key: string;
  sha256: string;
}

export function descriptionCache(database: Database): DescriptionCache {
  return {
    claim: (described, imageId, since) => claim(database, described, { imageId, since }),
    keep: async (key, words) => {
      await database
        .update(metadataCache)
        .set({ words, describedAt: sql`clock_timestamp()` })
        .where(eq(metadataCache.key, key));
    },
    release: async (key, imageId) => {
      const { claimedBy, words } = metadataCache;
      await database
        .delete(metadataCache)
        .where(and(eq(metadataCache.key, key), isNull(words), eq(claimedBy, imageId)));
    },
  };
}

interface Claim {
  imageId: string;
  since: Date | undefined;
}

async function claim(
  database: Database,
  { key, sha256 }: Described,
  { imageId, since }: Claim,
): Promise<Words | 'mine' | 'others'> {
  const after =
    since === undefined ? sql`'-infinity'::timestamptz` : sql`${since.toISOString()}::timestamptz`;
  const [kept] = await database
    .select({ words: metadataCache.words })
    .from(metadataCache)
    .where(
      and(
        eq(metadataCache.key, key),
        isNotNull(metadataCache.words),
        sql`${metadataCache.describedAt} >= ${after}`,
      ),
    );
  if (kept?.words) return kept.words;
  const claimed = await database
    .insert(metadataCache)
    .values({ key, sha256, claimedBy: imageId })
    .onConflictDoUpdate({
      target: metadataCache.key,
      set: { claimedBy: imageId, claimedAt: sql`now()`, words: null },
      setWhere: sql`case when ${metadataCache.words} is null
        then ${metadataCache.claimedBy} = ${imageId}
          or ${metadataCache.claimedAt} < now() - interval '3 minutes'
        else ${metadataCache.describedAt} < ${after} end`,
    })
    .returning({ key: metadataCache.key });
  return claimed.length > 0 ? 'mine' : 'others';
}
