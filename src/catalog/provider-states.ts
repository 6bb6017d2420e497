import { and, eq, isNotNull, or, gt, sql } from 'drizzle-orm';
import type { Step, StepFailure } from '../domain/image.js';
import { fromNow, FURTHEST_CALL_MS } from './from-now.js';
import type { Database } from './postgres.js';
import { providerStates } from './provider-schema.js';

/** How it goes with providers, as all workers together found out. */
export interface ProviderCatalog {
  /**
   * Whether the provider may be asked. After it refused again and again it may not, except for one
   * call now and then that finds out whether it would: `probe` is for whoever makes that call.
   */
  admission(caller: Asking, probeMs: number): Promise<'closed' | 'probe' | 'open'>;
  succeeded(caller: Asking): Promise<void>;
  /** @param opensAfter so many of this kind in a row; absent: it says nothing about the next call */
  failed(caller: Asking, failure: StepFailure, opens?: Opening): Promise<void>;
  list(): Promise<ProviderRecord[]>;
}

/** Who wants to ask whom. */
export interface Asking {
  step: Step;
  /** Of endpoint, key and model. */
  fingerprint: string;
}

export interface Opening {
  opensAfter: number;
  probeMs: number;
}

export interface ProviderRecord extends Asking {
  /** The last one, also when it has long been over. */
  failure?: StepFailure;
  /** Set while it is not asked. */
  open?: { since: Date; probeAt: Date };
}

export function providerCatalog(database: Database): ProviderCatalog {
  return {
    admission: (caller, probeMs) => admission(database, caller, probeMs),
    succeeded: async ({ step, fingerprint }) => {
      const { failures, openedAt } = providerStates;
      await database
        .update(providerStates)
        .set({ fingerprint, failures: 0, openedAt: null, probeAt: null })
        .where(and(eq(providerStates.step, step), or(gt(failures, 0), isNotNull(openedAt))));
    },
    failed: (caller, failure, opens) => failed(database, caller, { failure, opens }),
    list: async () => (await database.select().from(providerStates)).map(recordOf),
  };
}

async function admission(
  database: Database,
  { step, fingerprint }: Asking,
  probeMs: number,
): Promise<'closed' | 'probe' | 'open'> {
  const [row] = await database.select().from(providerStates).where(eq(providerStates.step, step));
  if (row === undefined || row.openedAt === null || row.fingerprint !== fingerprint)
    return 'closed';
  const isDue = sql`(${providerStates.probeAt} <= clock_timestamp()
    or ${providerStates.probeAt} > ${fromNow(Math.max(probeMs, FURTHEST_CALL_MS))})`;
  const mine = await database
    .update(providerStates)
    .set({ probeAt: fromNow(probeMs) })
    .where(and(eq(providerStates.step, step), isDue))
    .returning({ step: providerStates.step });
  return mine.length > 0 ? 'probe' : 'open';
}

async function failed(
  database: Database,
  { step, fingerprint }: Asking,
  { failure, opens }: { failure: StepFailure; opens: Opening | undefined },
): Promise<void> {
  const same = sql`(${providerStates.fingerprint} = ${fingerprint}
    and ${providerStates.failure} ->> 'kind' = ${failure.kind})`;
  const inARow = sql`case when ${same} then ${providerStates.failures} + 1 else 1 end`;
  const isOpen = sql`(${inARow}) >= ${opens?.opensAfter ?? 1}`;
  const first = opens !== undefined && opens.opensAfter <= 1;
  await database
    .insert(providerStates)
    .values({
      ...{ step, fingerprint, failure, failures: opens === undefined ? 0 : 1 },
      ...(first && { openedAt: sql`now()`, probeAt: fromNow(opens.probeMs) }),
    })
    .onConflictDoUpdate({
      target: providerStates.step,
      set: {
        ...{ fingerprint, failure },
        ...(opens === undefined
          ? { failures: 0, openedAt: null, probeAt: null }
          : {
              failures: inARow,
              openedAt: sql`case when ${isOpen} then
                coalesce(case when ${same} then ${providerStates.openedAt} end, now()) end`,
              probeAt: sql`case when ${isOpen} then ${fromNow(opens.probeMs)} end`,
            }),
      },
    });
}

function recordOf(row: typeof providerStates.$inferSelect): ProviderRecord {
  const { step, fingerprint, failure, openedAt, probeAt } = row;
  return {
    ...{ step, fingerprint },
    ...(failure !== null && { failure }),
    ...(openedAt !== null && probeAt !== null && { open: { since: openedAt, probeAt } }),
  };
}
