import { and, eq, getTableColumns, sql, type SQL } from 'drizzle-orm';
import type { PgUpdateSetSource } from 'drizzle-orm/pg-core';
import type { Generation, GenerationProviderName, GenerationUsage } from '../domain/generation.js';
import { OPEN, WANTED } from './generation-conditions.js';
import { generationOf } from './generation-rows.js';
import { generationJobs } from './generation-schema.js';
import type { Database } from './postgres.js';

/** The tries of a generation. What is written here survives whoever makes them. */
export interface AttemptCatalog {
  /**
   * Whether a generation waits that should go before this one: of a higher priority, or of the same
   * and of the same owner and ten seconds older. Less is the order of starts, not of age.
   */
  isOvertaken(generation: Waiting): Promise<boolean>;
  /**
   * Begins the try after `attemptNumber`, before anything is sent to the provider.
   * @returns nothing when the generation has ended, is to be cancelled, or has begun that try already
   */
  beginAttempt(
    id: string,
    attempt: { after: number; provider: GenerationProviderName },
  ): Promise<Attempt | undefined>;
  /** The try that is under way, or was the last; nothing when none has begun. */
  attempt(id: string): Promise<Attempt | undefined>;
  /**
   * The try is about to be sent once more, because nothing came of what was sent; its new time.
   * @returns nothing when it is not to be sent
   */
  orderAgain(id: string, attemptNumber: number): Promise<Date | undefined>;
  /**
   * The provider's name for the try, before anybody waits for it; the first one stays.
   * @returns the one that stands there; nothing when the try is over
   */
  recordPrediction(
    id: string,
    attemptNumber: number,
    predictionId: string,
  ): Promise<string | undefined>;
  /** Never falls. Says what others have said of the generation meanwhile. */
  recordProgress(id: string, progress: number): Promise<GenerationPulse>;
  pulse(id: string): Promise<GenerationPulse>;
  /** What a try cost, added to what the tries before it did; again, it changes nothing. */
  recordUsage(id: string, attemptNumber: number, usage: PredictionUsage): Promise<void>;
  /** The provider is done; its picture is being fetched. */
  recordDownloading(id: string): Promise<void>;
  /** The provider says that something happened; harmless whenever, and however often. */
  wake(id: string): Promise<boolean>;
}

type Waiting = Pick<Generation, 'ownerId' | 'priority' | 'createdAt'>;

export interface Attempt {
  generation: Generation & { provider: GenerationProviderName; startedAt: Date };
  orderedAt: Date;
  /** When the time of the generation is over, in milliseconds of this process's `performance.now()`. */
  deadlineMs: number;
}

/** What a generation is told from outside, while somebody works on it. */
export interface GenerationPulse {
  /** It is open, and nobody wants it cancelled. */
  goesOn: boolean;
  wokenAt?: Date;
}

export type PredictionUsage = Omit<GenerationUsage, 'predictions'>;

const isIt = (id: string) => eq(generationJobs.id, id);
const TOUCHED = { updatedAt: sql`now()` };
/** What is left of its time, by the database's clock: workers may disagree about the time. */
const LEFT_MS = sql<number | null>`(1000 * (${generationJobs.timeoutSeconds}
  + extract(epoch from ${generationJobs.startedAt} - clock_timestamp())))::float8`;
const ATTEMPT = { ...getTableColumns(generationJobs), leftMs: LEFT_MS };
const PULSE = {
  goesOn: sql<boolean>`(${OPEN} and ${WANTED})`,
  wokenAt: generationJobs.wokenAt,
};

export function generationAttempts(database: Database): AttemptCatalog {
  const update = updateOpen(database);

  return {
    isOvertaken: (generation) => isOvertaken(database, generation),
    beginAttempt: (id, attempt) => beginAttempt(update, id, attempt),
    async attempt(id) {
      const [row] = await database.select(ATTEMPT).from(generationJobs).where(isIt(id));
      return row && attemptOf(row);
    },
    orderAgain: (id, attemptNumber) => orderAgain(update, id, attemptNumber),
    recordPrediction: (id, attemptNumber, predictionId) =>
      recordPrediction(update, { id, attemptNumber }, predictionId),
    async recordProgress(id, progress) {
      const highest = sql`greatest(${generationJobs.progress}, ${Math.round(progress)}::integer)`;
      const [pulse] = await update(id, { progress: highest }).returning(PULSE);
      return pulseOf(pulse);
    },
    async pulse(id) {
      const [pulse] = await database.select(PULSE).from(generationJobs).where(isIt(id));
      return pulseOf(pulse);
    },
    recordUsage: (id, attemptNumber, usage) => recordUsage(database, { id, attemptNumber }, usage),
    async recordDownloading(id) {
      const progress = sql`greatest(${generationJobs.progress}, 95)`;
      await update(id, { status: 'downloading', progress }, WANTED);
    },
    async wake(id) {
      const woken = await database
        .update(generationJobs)
        .set({ wokenAt: sql`clock_timestamp()` })
        .where(isIt(id))
        .returning({ id: generationJobs.id });
      return woken.length > 0;
    },
  };
}

/** Changes an open one. */
function updateOpen(database: Database) {
  return (id: string, set: PgUpdateSetSource<typeof generationJobs>, ...where: SQL[]) =>
    database
      .update(generationJobs)
      .set({ ...set, ...TOUCHED })
      .where(and(isIt(id), OPEN, ...where));
}

type UpdateOpen = ReturnType<typeof updateOpen>;

async function beginAttempt(
  update: UpdateOpen,
  id: string,
  { after, provider }: { after: number; provider: GenerationProviderName },
): Promise<Attempt | undefined> {
  const begun = {
    status: 'processing' as const,
    attemptNumber: after + 1,
    provider,
    orderedAt: sql`now()`,
    predictionId: null,
    startedAt: sql`coalesce(${generationJobs.startedAt}, now())`,
  };
  const isNext = eq(generationJobs.attemptNumber, after);
  const [row] = await update(id, begun, WANTED, isNext).returning(ATTEMPT);
  return row && attemptOf(row);
}

async function orderAgain(update: UpdateOpen, id: string, attemptNumber: number) {
  const isTry = eq(generationJobs.attemptNumber, attemptNumber);
  const hasNone = sql`${generationJobs.predictionId} is null`;
  const [row] = await update(id, { orderedAt: sql`now()` }, WANTED, isTry, hasNone).returning({
    orderedAt: generationJobs.orderedAt,
  });
  return row?.orderedAt ?? undefined;
}

async function recordPrediction(
  update: UpdateOpen,
  { id, attemptNumber }: { id: string; attemptNumber: number },
  predictionId: string,
): Promise<string | undefined> {
  const first = sql`coalesce(${generationJobs.predictionId}, ${predictionId})`;
  const isTry = eq(generationJobs.attemptNumber, attemptNumber);
  const [row] = await update(id, { predictionId: first }, isTry).returning({
    recorded: generationJobs.predictionId,
  });
  return row?.recorded ?? undefined;
}

async function isOvertaken(database: Database, generation: Waiting): Promise<boolean> {
  const older = sql`${generationJobs.createdAt} < ${generation.createdAt.toISOString()}::timestamptz - interval '10 seconds'`;
  const { priority, status, dispatchedAt, ownerId } = generationJobs;
  const own = generation.priority;
  const [first] = await database
    .select({ id: generationJobs.id })
    .from(generationJobs)
    .where(
      and(
        sql`${status} = 'pending' and ${dispatchedAt} is not null and ${WANTED}`,
        sql`(${priority} > ${own} or ${priority} = ${own} and ${ownerId} = ${generation.ownerId} and ${older})`,
      ),
    )
    .limit(1);
  return first !== undefined;
}

/** The tries before this one had a prediction each, so their number says which were counted. */
async function recordUsage(
  database: Database,
  { id, attemptNumber }: { id: string; attemptNumber: number },
  { predictSeconds, costUsd }: PredictionUsage,
): Promise<void> {
  const { usage } = generationJobs;
  const sum = (name: string, more: number | undefined) =>
    more === undefined
      ? sql`'{}'::jsonb`
      : sql`jsonb_build_object(${name}::text, coalesce((${usage} ->> ${name}::text)::float8, 0) + ${more}::float8)`;
  const added = sql`coalesce(${usage}, '{}'::jsonb)
    || jsonb_build_object('predictions', ${attemptNumber}::integer)
    || ${sum('predictSeconds', predictSeconds)} || ${sum('costUsd', costUsd)}`;
  await database
    .update(generationJobs)
    .set({ usage: added })
    .where(
      and(
        isIt(id),
        sql`coalesce((${usage} ->> 'predictions')::integer, 0) < ${attemptNumber}`,
        sql`${generationJobs.predictionId} is not null`,
      ),
    );
}

function attemptOf(
  row: typeof generationJobs.$inferSelect & { leftMs: number | null },
): Attempt | undefined {
  const generation = generationOf(row);
  const { provider, startedAt } = generation;
  const { orderedAt, leftMs } = row;
  if (provider === undefined || startedAt === undefined) return undefined;
  if (orderedAt === null || leftMs === null) return undefined;
  const deadlineMs = performance.now() + leftMs;
  return { generation: { ...generation, provider, startedAt }, orderedAt, deadlineMs };
}

function pulseOf(pulse: { goesOn: boolean; wokenAt: Date | null } | undefined): GenerationPulse {
  if (pulse === undefined) return { goesOn: false };
  const { goesOn, wokenAt } = pulse;
  return { goesOn, ...(wokenAt !== null && { wokenAt }) };
}
