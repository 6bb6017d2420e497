import { setTimeout as after } from 'node:timers/promises';
import type { Catalog } from '../catalog/catalog.js';
import type { Turn } from '../catalog/provider-limits.js';
import type { Asking } from '../catalog/provider-states.js';
import { DarkroomError, failureOf, type FailureKind } from '../domain/failures.js';
import type { CallGate, CallOptions } from '../net/provider-api.js';

/** So long an image waits for its turn before its step is left to the sweep. */
const WAIT_MS = { usual: 30_000, patient: 100_000 };

/** A changed rate is noticed within this. */
const LOOK_AGAIN_MS = 1_000;

/** How soon the next in line sees that it is first. */
const NEXT_IN_LINE_MS = 10;

/** How long nobody need ask whether there is a limit, after there was none. */
const UNLIMITED_MS = 1_000;

/** What a provider that wants fewer calls, and does not say from when on, is given. */
const HOLD_MS = { usual: 10_000, most: 10 * 60_000 };

/**
 * So many failures in a row, of all workers together, and the provider is not asked for a while. A key
 * or an account does not come right by itself; an outage may be over with the next call.
 */
const OPENS_AFTER: Partial<Record<FailureKind, number>> = {
  ProviderUnauthorized: 3,
  ProviderBilling: 3,
  ProviderModelMissing: 3,
  ProviderUnavailable: 10,
};

export interface ProviderGateSettings {
  catalog: Pick<Catalog, 'limits' | 'providers'>;
  queue: string;
  /** Calls a minute unless somebody has set another number; `undefined`: no limit. */
  usualRate: number | undefined;
  /** Whose refusals are counted, for all workers; absent: nobody's. */
  asking?: Asking;
  /** How long a provider that refuses is left alone before one call tries again. */
  probeMs: number;
  /** How long callers wait for their turn. */
  waitMs?: { usual: number; patient: number };
}

/** One for each provider and process; the catalog makes them one for all. */
export function openProviderGate(settings: ProviderGateSettings): CallGate {
  const turns = takingTurns(settings);
  return {
    pass: async (call, options) => {
      const probing = await admitted(settings);
      const waited = await turns(options);
      if (waited && !probing) await admitted(settings);
      try {
        const answer = await call();
        await note(settings, undefined);
        return answer;
      } catch (error) {
        if (!options.signal?.aborted) await note(settings, error);
        throw error;
      }
    },
  };
}

/** @returns whether this call is the one that finds out */
async function admitted({ catalog, asking, probeMs }: ProviderGateSettings): Promise<boolean> {
  if (asking === undefined) return false;
  const admission = await catalog.providers.admission(asking, probeMs);
  if (admission === 'open') throw new DarkroomError('ProviderPaused');
  return admission === 'probe';
}

/** Who came first asks the catalog; the others of this process only look whether they are first now. */
function takingTurns({ catalog, queue, usualRate, waitMs = WAIT_MS }: ProviderGateSettings) {
  let unlimitedUntil = 0;
  const line: object[] = [];

  const turnOf = async (caller: object): Promise<Turn> => {
    if (performance.now() < unlimitedUntil) return { state: 'go', unlimited: true };
    if (line[0] !== caller) return { state: 'wait', waitMs: NEXT_IN_LINE_MS };
    const turn = await catalog.limits.takeTurn(queue, usualRate);
    const unlimited = turn.state === 'go' && turn.unlimited;
    unlimitedUntil = unlimited ? performance.now() + UNLIMITED_MS : 0;
    return turn;
  };

  /** @returns whether it had to be waited for long */
  return async ({ patient, withinMs = Infinity, signal }: CallOptions): Promise<boolean> => {
    const began = performance.now();
    const giveUpAt = began + Math.min(patient ? waitMs.patient : waitMs.usual, withinMs);
    const caller = {};
    line.push(caller);
    try {
      for (;;) {
        signal?.throwIfAborted();
        if (performance.now() - began >= withinMs) throw new DarkroomError('ProviderBusy');
        const turn = await turnOf(caller);
        if (turn.state === 'go') return performance.now() - began > LOOK_AGAIN_MS;
        const leftMs = giveUpAt - performance.now();
        if (leftMs <= 0) throw new DarkroomError('ProviderBusy');
        await after(Math.min(turn.waitMs, LOOK_AGAIN_MS, leftMs), undefined, { signal });
      }
    } finally {
      line.splice(line.indexOf(caller), 1);
    }
  };
}

/** What became of the call is everybody's news; not being able to tell must not cost its answer. */
async function note(
  { catalog, asking, queue, probeMs }: ProviderGateSettings,
  error: unknown,
): Promise<void> {
  try {
    if (error === undefined) {
      if (asking !== undefined) await catalog.providers.succeeded(asking);
      return;
    }
    if (!(error instanceof DarkroomError) || failureOf(error.kind).fault !== 'provider') return;
    const { kind, message, retryAfterMs = HOLD_MS.usual } = error;
    if (asking !== undefined) {
      const opensAfter = OPENS_AFTER[kind];
      const failure = { kind, message, at: new Date().toISOString() };
      const opens = opensAfter === undefined ? undefined : { opensAfter, probeMs };
      await catalog.providers.failed(asking, failure, opens);
    }
    if (kind !== 'ProviderRateLimited') return;
    await catalog.limits.hold(queue, Math.min(retryAfterMs, HOLD_MS.most));
  } catch {
    // The database is away; whoever needs it next will say so.
  }
}
