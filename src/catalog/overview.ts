import { and, count, desc, gt, inArray, isNull, sql } from 'drizzle-orm';
import { hexOf } from '../domain/color-names.js';
import type { Image } from '../domain/image.js';
import type { RunFailure } from './catalog.js';
import { failuresByKind } from './failures-by-kind.js';
import { isUuid } from '../domain/ids.js';
import type { Database } from './postgres.js';
import { imageOf } from './rows.js';
import { images } from './schema.js';

/** What pages show of many images at once. */
export interface OverviewCatalog {
  /** Those that there are and that were not deleted, in the order asked for. */
  images(imageIds: string[]): Promise<Image[]>;
  facets(): Promise<Facets>;
  /** The last ten minutes in buckets of 15 s, oldest first; the newest one is still filling. */
  throughput(): Promise<ReadyCount[]>;
  /** The most frequent kind first, each with its first images. */
  failuresByKind(runId: string): Promise<FailuresOfKind[]>;
}

/** What lists can be filtered by, the most frequent first. */
export interface Facets {
  tags: { tag: string; count: number }[];
  colors: { name: string; hex: string; count: number }[];
  owners: { ownerId: string; count: number }[];
}

/** Images that became ready from `at` on, until the next one's `at`. */
export interface ReadyCount {
  at: Date;
  ready: number;
}

export interface FailuresOfKind {
  kind: string;
  count: number;
  examples: RunFailure[];
}

export const BUCKET_MS = 15_000;
const BUCKETS = 40;
/** More than these nobody reads through. */
const MOST_FACETS = 50;

export function overviewCatalog(database: Database): OverviewCatalog {
  return {
    images: (imageIds) => someImages(database, imageIds),
    facets: () => facets(database),
    throughput: () => throughput(database, new Date()),
    failuresByKind: (runId) => failuresByKind(database, runId),
  };
}

async function someImages(database: Database, imageIds: string[]): Promise<Image[]> {
  const ids = imageIds.filter(isUuid);
  if (ids.length === 0) return [];
  const rows = await database
    .select()
    .from(images)
    .where(and(isNull(images.deletedAt), inArray(images.id, ids)));
  const found = new Map(rows.map((row) => [row.id, row]));
  return ids.flatMap((id) => {
    const row = found.get(id);
    return row === undefined ? [] : [imageOf(row)];
  });
}

async function facets(database: Database): Promise<Facets> {
  const living = isNull(images.deletedAt);
  const [tags, colors, owners] = await Promise.all([
    eachOf(database, images.tags),
    eachOf(database, images.colorNames),
    database
      .select({ ownerId: images.ownerId, count: count() })
      .from(images)
      .where(living)
      .groupBy(images.ownerId)
      .orderBy(desc(count()), images.ownerId)
      .limit(MOST_FACETS),
  ]);
  return {
    tags: tags.map(({ word, count }) => ({ tag: word, count })),
    colors: colors.flatMap(({ word, count }) => {
      const hex = hexOf(word);
      return hex === undefined ? [] : [{ name: word, hex, count }];
    }),
    owners,
  };
}

async function eachOf(
  database: Database,
  words: typeof images.tags | typeof images.colorNames,
): Promise<{ word: string; count: number }[]> {
  const word = sql<string>`unnest(${words})`.as('word');
  const all = database
    .select({ word })
    .from(images)
    .where(isNull(images.deletedAt))
    .as('all_words');
  return database
    .select({ word: all.word, count: count() })
    .from(all)
    .groupBy(all.word)
    .orderBy(desc(count()), all.word)
    .limit(MOST_FACETS);
}

async function throughput(database: Database, now: Date): Promise<ReadyCount[]> {
  const newest = Math.floor(now.getTime() / BUCKET_MS);
  const oldest = newest - BUCKETS + 1;
  const bucket = sql<number>`floor(extract(epoch from ${images.readyAt}) * 1000 / ${sql.raw(String(BUCKET_MS))})::float8`;
  const rows = await database
    .select({ bucket, ready: count() })
    .from(images)
    .where(and(isNull(images.deletedAt), gt(images.readyAt, new Date(oldest * BUCKET_MS - 1))))
    .groupBy(bucket);
  const ready = new Map(rows.map((row) => [Number(row.bucket), row.ready]));
  return Array.from({ length: BUCKETS }, (_, index) => ({
    at: new Date((oldest + index) * BUCKET_MS),
    ready: ready.get(oldest + index) ?? 0,
  }));
}
