import type { Client } from '@temporalio/client';
import type { Catalog } from '../catalog/catalog.js';
import { DarkroomError, FAILURES } from '../domain/failures.js';
import { probeStorage } from '../storage/probe-storage.js';
import type { Storage } from '../storage/storage.js';
import type { Providers } from './providers.js';
import { queueStates } from './queues.js';

/** Whether what Darkroom depends on works, each in words that anybody may read. */
export interface Health {
  temporal: DependencyHealth;
  database: DependencyHealth;
  storage: DependencyHealth;
  /** Whether somebody serves every queue. */
  workers: DependencyHealth;
  /** Whether those who describe and embed are asked; when not, images are ready all the same. */
  providers: DependencyHealth;
}

export interface DependencyHealth {
  ok: boolean;
  /** Without addresses, names of hosts and the like. */
  says: string;
  /** How long the answer took; 0 when it is that of a moment ago. */
  ms: number;
}

export interface HealthDeps {
  client: Client;
  catalog: Pick<Catalog, 'inspect'>;
  /** Absent: there is nobody to be paused. */
  providers?: Pick<Providers, 'list'>;
  originals: Storage | undefined;
  variants: Storage | undefined;
}

const TIMEOUT_MS = 2_000;
/** Anybody may ask, as often as they like; the servers are asked once in that time. */
const FRESH_MS = 1_000;
/** A probe writes, and requests that write to a bucket are paid for. */
const STORAGE_FRESH_MS = 30_000;

/** Answers within about two seconds and never throws. */
export function healthOf(deps: HealthDeps): () => Promise<Health> {
  const temporal = remembered(FRESH_MS, () => temporalAnswers(deps.client));
  const database = remembered(FRESH_MS, () => databaseIsCurrent(deps.catalog));
  const storage = remembered(STORAGE_FRESH_MS, () => storesWork(deps));
  const workers = remembered(FRESH_MS, () => queuesAreServed(deps.client));
  const providers = remembered(FRESH_MS, () => providersAreAsked(deps.providers));
  return async () => {
    const [first, second, third, fourth, fifth] = await Promise.all([
      temporal(),
      database(),
      storage(),
      workers(),
      providers(),
    ]);
    return {
      ...{ temporal: first, database: second, storage: third, workers: fourth },
      providers: fifth,
    };
  };
}

type Answer = Pick<DependencyHealth, 'ok' | 'says'>;

/** One question at a time; what was fine stays so for a while, what was not is asked again soon. */
function remembered(freshMs: number, ask: () => Promise<Answer>): () => Promise<DependencyHealth> {
  let last: { until: number; answer: Promise<DependencyHealth> } | undefined;
  return async () => {
    // A clock that is set back would have it remembered for as long.
    if (last !== undefined && performance.now() < last.until) return last.answer;
    const question = { until: Infinity, answer: timed(ask) };
    last = question;
    const answer = await question.answer;
    question.until = performance.now() + (answer.ok ? freshMs : Math.min(freshMs, FRESH_MS));
    question.answer = Promise.resolve({ ...answer, ms: 0 });
    return answer;
  };
}

async function timed(ask: () => Promise<Answer>): Promise<DependencyHealth> {
  const started = performance.now();
  const { ok, says } = await withinTime(ask()).catch((error: unknown) => ({
    ok: false,
    says: publicWords(error),
  }));
  return { ok, says, ms: Math.round(performance.now() - started) };
}

class TooSlow extends Error {}

async function withinTime<T>(answer: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new TooSlow()), TIMEOUT_MS);
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** A message may name hosts and users; the failure table's words do not. */
function publicWords(error: unknown): string {
  if (error instanceof TooSlow) return `It does not answer within ${TIMEOUT_MS / 1000} s.`;
  return error instanceof DarkroomError ? FAILURES[error.kind].says : 'It does not answer.';
}

async function temporalAnswers({ connection, options }: Client): Promise<Answer> {
  const { namespace } = options;
  try {
    await connection.withDeadline(Date.now() + TIMEOUT_MS, () =>
      connection.workflowService.describeNamespace({ namespace }),
    );
  } catch (cause) {
    throw new DarkroomError('TemporalUnavailable', undefined, { cause });
  }
  return { ok: true, says: 'It answers.' };
}

async function databaseIsCurrent(catalog: HealthDeps['catalog']): Promise<Answer> {
  const { pendingMigrations } = await catalog.inspect();
  return pendingMigrations > 0
    ? { ok: false, says: 'It is not up to date: run "darkroom migrate".' }
    : { ok: true, says: 'It answers and is up to date.' };
}

async function storesWork({ originals, variants }: HealthDeps): Promise<Answer> {
  if (originals === undefined)
    return { ok: false, says: 'No storage for originals is configured.' };
  if (variants === undefined) return { ok: false, says: FAILURES.StorageNotConfigured.says };
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  const stores = originals.name === variants.name ? [originals] : [originals, variants];
  await Promise.all(stores.map((store) => probeStorage(store, { signal })));
  return { ok: true, says: 'It can be read and written.' };
}

async function queuesAreServed({ connection, options }: Client): Promise<Answer> {
  const states = await queueStates({ connection, namespace: options.namespace }).catch(
    (cause: unknown) => {
      throw new DarkroomError('TemporalUnavailable', undefined, { cause });
    },
  );
  const idle = [...new Set(states.filter((it) => it.pollers === 0).map(({ queue }) => queue))];
  if (idle.length > 0) return { ok: false, says: `No worker serves ${idle.join(', ')}.` };
  const workers = Math.max(...states.map(({ pollers }) => pollers));
  return {
    ok: true,
    says: workers === 1 ? 'One serves the queues.' : `${workers} serve the queues.`,
  };
}

async function providersAreAsked(providers: HealthDeps['providers']): Promise<Answer> {
  const paused = ((await providers?.list()) ?? []).filter((it) => it.paused !== undefined);
  if (paused.length === 0) return { ok: true, says: 'They are asked.' };
  const each = paused.map(({ step, lastFailure }) => {
    const why = lastFailure === undefined ? '' : ` ${FAILURES[lastFailure.kind].says}`;
    return `The provider of ${step} is paused.${why}`;
  });
  return { ok: false, says: each.join(' ') };
}
