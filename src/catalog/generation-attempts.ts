import { and, eq, sql, type SQL } from 'drizzle-orm';
import type { PgUpdateSetSource } from 'drizzle-orm/pg-core';
import { overtakers } from '../domain/generation-priority.js';
import type { Generation, GenerationProviderName, GenerationUsage } from '../domain/generation.js';
import { generationOf } from './generation-rows.js';
import { generationJobs } from './generation-schema.js';
import type { Database } from './postgres.js';

/** The tries of a generation. What is written here survives whoever makes them. */
export interface AttemptCatalog {
  /**
   * Whether a generation waits at the same level of priority that should go before this one: of a
   * higher priority, or of the same and ten seconds older. Less is the order of starts, not of age.
   */
  isOvertaken(generation: Pick<Generation, 'priority' | 'createdAt'>): Promise<boolean>;
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
  /** The provider's name for the try, before anybody waits for it. */
  recordPrediction(id: string, attemptNumber: number, predictionId: string): Promise<void>;
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

export interface Attempt {
  generation: Generation & { provider: GenerationProviderName; startedAt: Date };
  orderedAt: Date;
}

/** What a generation is told from outside, while somebody works on it. */
export interface GenerationPulse {
  /** It is open, and nobody wants it cancelled. */
  goesOn: boolean;
  wokenAt?: Date;
}

export type PredictionUsage = Omit<GenerationUsage, 'predictions'>;

const OPEN = sql`${generationJobs.status} in ('pending', 'processing', 'downloading')`;
const WANTED = sql`${generationJobs.cancelRequestedAt} is null`;
const isIt = (id: string) => eq(generationJobs.id, id);
const TOUCHED = { updatedAt: sql`now()` };
const PULSE = {
  goesOn: sql<boolean>`(${OPEN} and ${WANTED})`,
  wokenAt: generationJobs.wokenAt,
};

export function generationAttempts(database: Database): AttemptCatalog {
  /** Of an open one. */
  const update = (id: string, set: PgUpdateSetSource<typeof generationJobs>, ...where: SQL[]) =>
    database
      .update(generationJobs)
      .set({ ...set, ...TOUCHED })
      .where(and(isIt(id), OPEN, ...where));

  return {
    isOvertaken: (generation) => isOvertaken(database, generation),
    async beginAttempt(id, { after, provider }) {
      const [row] = await update(
        id,
        {
          status: 'processing',
          attemptNumber: after + 1,
          provider,
          orderedAt: sql`now()`,
          predictionId: null,
          startedAt: sql`coalesce(${generationJobs.startedAt}, now())`,
        },
        WANTED,
        eq(generationJobs.attemptNumber, after),
      ).returning();
      return row && attemptOf(row);
    },
    async attempt(id) {
      const [row] = await database.select().from(generationJobs).where(isIt(id));
      return row && attemptOf(row);
    },
    async recordPrediction(id, attemptNumber, predictionId) {
      await update(id, { predictionId }, eq(generationJobs.attemptNumber, attemptNumber));
    },
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

async function isOvertaken(
  database: Database,
  generation: Pick<Generation, 'priority' | 'createdAt'>,
): Promise<boolean> {
  const { above, below } = overtakers(generation);
  const older = sql`${generationJobs.createdAt} < ${generation.createdAt.toISOString()}::timestamptz - interval '10 seconds'`;
  const { priority, status, dispatchedAt } = generationJobs;
  const [first] = await database
    .select({ id: generationJobs.id })
    .from(generationJobs)
    .where(
      and(
        sql`${status} = 'pending' and ${dispatchedAt} is not null and ${WANTED}`,
        sql`(${priority} > ${above} or ${priority} = ${above} and ${older})`,
        ...(Number.isFinite(below) ? [sql`${priority} < ${below}`] : []),
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

function attemptOf(row: typeof generationJobs.$inferSelect): Attempt | undefined {
  const generation = generationOf(row);
  const { provider, startedAt } = generation;
  const { orderedAt } = row;
  if (provider === undefined || startedAt === undefined || orderedAt === null) return undefined;
  return { generation: { ...generation, provider, startedAt }, orderedAt };
}

function pulseOf(pulse: { goesOn: boolean; wokenAt: Date | null } | undefined): GenerationPulse {
  if (pulse === undefined) return { goesOn: false };
  const { goesOn, wokenAt } = pulse;
  return { goesOn, ...(wokenAt !== null && { wokenAt }) };
}
