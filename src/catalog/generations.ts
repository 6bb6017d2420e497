import { and, asc, count, desc, eq, inArray, lt, sql } from 'drizzle-orm';
import type { NewGeneration } from '../domain/check-generation.js';
import { DarkroomError } from '../domain/failures.js';
import {
  GENERATION_STATUSES,
  type Generation,
  type GenerationStatus,
} from '../domain/generation.js';
import { isUuid } from '../domain/ids.js';
import { generationAttempts, type AttemptCatalog } from './generation-attempts.js';
import { generationEnds, type GenerationEndCatalog } from './generation-ends.js';
import { OPEN } from './generation-conditions.js';
import { generationOf } from './generation-rows.js';
import { generationJobs } from './generation-schema.js';
import type { Database } from './postgres.js';

/** Requests for new pictures, and what became of them. A row that has ended never changes again. */
export interface GenerationCatalog extends AttemptCatalog, GenerationEndCatalog {
  /**
   * All of them or none, in the order given; whoever adds them starts them. One whose id is there
   * already is not added again.
   * @throws DarkroomError `InvalidInput` when what is there is another one
   */
  add(generations: NewGeneration[]): Promise<Generation[]>;
  get(id: string): Promise<Generation | undefined>;
  /**
   * Newest first; `after` is the last id of the page before.
   * @throws DarkroomError `InvalidInput` when that is no id, or for a status that is none
   */
  list(page: GenerationPage): Promise<Generation[]>;
  /**
   * Open ones that nothing has touched for a minute, the longest first. Whoever works on one touches
   * it every few seconds; one that waits for a slot is touched by nobody.
   */
  untouched(limit: number): Promise<Generation[]>;
  /** Somebody has looked after these: they are being worked on, or will be. */
  touch(ids: string[]): Promise<void>;
  /** Whoever was to start these could not: the bridge may, or a sweep. */
  leave(ids: string[]): Promise<void>;
  counts(): Promise<GenerationCounts>;
}

export interface GenerationPage {
  limit: number;
  after?: string;
  ownerId?: string;
  status?: GenerationStatus;
  /** Those that became this image. */
  imageId?: string;
  /** Some of these. */
  ids?: string[];
}

export interface GenerationCounts {
  /** Of all that there ever were. */
  byStatus: Record<GenerationStatus, number>;
  /** How long the oldest one that waits has waited. */
  oldestPendingMs: number;
}

/** Not in order as it came: the bridge says so in the row, and tries nothing of it. */
const READABLE = sql`(${generationJobs.dispatchedAt} is not null or ${generationJobs.failureMessage} is null)`;

export function generationCatalog(database: Database): GenerationCatalog {
  return {
    add: (generations) => add(database, generations),
    async get(id) {
      if (!isUuid(id)) return undefined;
      const [row] = await database.select().from(generationJobs).where(eq(generationJobs.id, id));
      return row && generationOf(row);
    },
    list: (page) => list(database, page),
    async untouched(limit) {
      const rows = await database
        .select()
        .from(generationJobs)
        .where(and(OPEN, READABLE, sql`${generationJobs.updatedAt} < now() - interval '1 minute'`))
        .orderBy(asc(generationJobs.updatedAt))
        .limit(limit);
      return rows.map(generationOf);
    },
    async touch(ids) {
      if (ids.length === 0) return;
      await database
        .update(generationJobs)
        .set({
          updatedAt: sql`now()`,
          dispatchedAt: sql`coalesce(${generationJobs.dispatchedAt}, now())`,
        })
        .where(and(inArray(generationJobs.id, ids), OPEN));
    },
    async leave(ids) {
      if (ids.length === 0) return;
      await database
        .update(generationJobs)
        .set({ dispatchedAt: null })
        .where(and(inArray(generationJobs.id, ids), sql`${generationJobs.status} = 'pending'`));
    },
    counts: () => counts(database),
    ...generationAttempts(database),
    ...generationEnds(database),
  };
}

async function add(database: Database, generations: NewGeneration[]): Promise<Generation[]> {
  if (generations.length === 0) return [];
  const values = generations.map((it) => ({ ...it, dispatchedAt: sql`now()` }));
  const ids = generations.flatMap(({ id }) => id?.toLowerCase() ?? []);
  const insert = (into: Database) => into.insert(generationJobs).values(values);
  if (ids.length === 0) return (await insert(database).returning()).map(generationOf);

  const twice = ids.find((id, index) => ids.indexOf(id) !== index);
  if (twice !== undefined) throw new DarkroomError('InvalidInput', `${twice} is there twice.`);
  return database.transaction(async (transaction) => {
    const added = (await insert(transaction).onConflictDoNothing().returning()).map(generationOf);
    const own = added.filter(({ id }) => ids.includes(id));
    const others = added.filter(({ id }) => !ids.includes(id));
    const missing = ids.filter((id) => !own.some((it) => it.id === id));
    const there = await transaction
      .select()
      .from(generationJobs)
      .where(inArray(generationJobs.id, missing));
    const earlier = there.map(generationOf);
    return generations.map(({ id, ...asked }) => {
      const found = [...own, ...earlier].find((it) => it.id === id?.toLowerCase());
      if (id === undefined) return others.shift() as Generation;
      if (found !== undefined && (own.includes(found) || isTheSame(asked, found))) return found;
      throw new DarkroomError('InvalidInput', `The id ${id} is that of something else.`);
    });
  });
}

/** What is not asked for may be anything: it has a default. */
function isTheSame(asked: Omit<NewGeneration, 'id'>, found: Generation): boolean {
  const fields = Object.entries(asked) as [keyof typeof asked, unknown][];
  return fields.every(([name, value]) => value === undefined || value === found[name]);
}

async function list(
  database: Database,
  { limit, after, ownerId, status, imageId, ids }: GenerationPage,
): Promise<Generation[]> {
  if (after !== undefined && !isUuid(after)) {
    throw new DarkroomError('InvalidInput', `"${after}" is not the id of a generation.`);
  }
  if (status !== undefined && !GENERATION_STATUSES.includes(status)) {
    const words = `There is no status "${status}"; there are ${GENERATION_STATUSES.join(', ')}.`;
    throw new DarkroomError('InvalidInput', words);
  }
  const rows = await database
    .select()
    .from(generationJobs)
    .where(
      and(
        ...(after === undefined ? [] : [lt(generationJobs.id, after)]),
        ...(ownerId === undefined ? [] : [eq(generationJobs.ownerId, ownerId)]),
        ...(status === undefined ? [] : [eq(generationJobs.status, status)]),
        ...(imageId === undefined ? [] : [eq(generationJobs.imageId, imageId)]),
        ...(ids === undefined ? [] : [inArray(generationJobs.id, ids.filter(isUuid))]),
      ),
    )
    .orderBy(desc(generationJobs.id))
    .limit(limit);
  return rows.map(generationOf);
}

async function counts(database: Database): Promise<GenerationCounts> {
  const oldest = sql<number>`coalesce(extract(epoch from now() - min(${generationJobs.createdAt})) * 1000, 0)::float8`;
  const rows = await database
    .select({ status: generationJobs.status, count: count(), oldestMs: oldest })
    .from(generationJobs)
    .groupBy(generationJobs.status);
  const of = (status: GenerationStatus) => rows.find((row) => row.status === status);
  const byStatus = Object.fromEntries(GENERATION_STATUSES.map((it) => [it, of(it)?.count ?? 0]));
  return {
    byStatus: byStatus as GenerationCounts['byStatus'],
    oldestPendingMs: Math.max(0, of('pending')?.oldestMs ?? 0),
  };
}
