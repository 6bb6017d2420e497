import { DarkroomError } from '../domain/failures.js';
import { askProvider, type ProviderAnswer, type ProviderRequest } from '../net/ask-provider.js';
import { openDeadline } from '../net/deadline.js';
import {
  failureOfLostCreate,
  failureOfReplicate,
  type Asked,
  type Plain,
} from './replicate-failures.js';
import {
  wirePage,
  wirePrediction,
  type WirePage,
  type WirePrediction,
} from './replicate-prediction.js';

export interface ReplicateEndpoint {
  /** `https://api.replicate.com/v1` */
  baseUrl: string;
  token: string;
  /** For one answer, 30 s unless said otherwise. */
  timeoutMs?: number;
}

/** The calls of Replicate that we need, by themselves: none of them is repeated here. */
export interface ReplicateApi {
  /**
   * Begins a prediction. Once sent it is waited for, even when the caller gives up: an answer that
   * nobody hears is one that is paid for.
   * @throws DarkroomError `PredictionUncertain` when it may have begun all the same
   */
  create(body: object, cancelAfterSeconds: number, signal: AbortSignal): Promise<WirePrediction>;
  get(id: string, signal: AbortSignal): Promise<WirePrediction>;
  cancel(id: string, signal: AbortSignal): Promise<void>;
  /** Newest first. @param cursor of the page before */
  list(after: Date, cursor: string | undefined, signal: AbortSignal): Promise<WirePage>;
}

/** Replicate refuses a shorter one. */
const LEAST_CANCEL_AFTER_SECONDS = 5;

type Call = Pick<ProviderRequest, 'method' | 'body' | 'headers'> & { asked: Asked };

export function openReplicateApi(endpoint: ReplicateEndpoint, plain: Plain): ReplicateApi {
  const ask = async (path: string, call: Call, signal?: AbortSignal): Promise<ProviderAnswer> => {
    signal?.throwIfAborted();
    const { timeoutMs = 30_000, token: apiKey } = endpoint;
    const late = () =>
      new DarkroomError('ProviderUnavailable', `It did not answer within ${timeoutMs / 1000} s.`);
    using deadline = openDeadline(timeoutMs, late, signal);
    const { asked, ...request } = call;
    const url = `${endpoint.baseUrl.replace(/\/+$/, '')}${path}`;
    const answer = await askProvider(url, { ...request, apiKey, signal: deadline.signal });
    const failure = failureOfReplicate(answer, asked, plain);
    if (failure !== undefined) throw failure;
    return answer;
  };
  const one = (id: string) => `/predictions/${encodeURIComponent(id)}`;
  return {
    create: async (body, cancelAfterSeconds, signal) => {
      signal.throwIfAborted();
      const seconds = Math.max(LEAST_CANCEL_AFTER_SECONDS, Math.ceil(cancelAfterSeconds));
      const headers = { 'cancel-after': `${seconds}s` };
      try {
        const { json } = await ask('/predictions', {
          ...({ method: 'POST', asked: 'create' } as const),
          ...{ headers, body },
        });
        const wire = wirePrediction(json);
        if (wire !== undefined) return wire;
      } catch (error) {
        throw failureOfLostCreate(error);
      }
      throw new DarkroomError('PredictionUncertain', 'The answer is no prediction.');
    },
    get: async (id, signal) => {
      const { json } = await ask(one(id), { method: 'GET', asked: 'prediction' }, signal);
      const wire = wirePrediction(json);
      if (wire?.id === id) return wire;
      throw new DarkroomError('ProviderAnswerInvalid', 'The answer is not this prediction.');
    },
    cancel: async (id, signal) => {
      const call = { method: 'POST', asked: 'prediction' } as const;
      await ask(`${one(id)}/cancel`, call, signal).catch((error: unknown) => {
        // It has ended, or is so old that nobody knows it.
        const over = error instanceof DarkroomError && ENDED.has(error.kind);
        if (!over) throw error;
      });
    },
    list: async (after, cursor, signal) => {
      const query = new URLSearchParams({ created_after: after.toISOString() });
      if (cursor !== undefined) query.set('cursor', cursor);
      const call = { method: 'GET', asked: 'list' } as const;
      const { json } = await ask(`/predictions?${query.toString()}`, call, signal);
      return wirePage(json);
    },
  };
}

const ENDED: ReadonlySet<string> = new Set(['ResultExpired', 'ProviderRefused']);

/** Where the next page begins; of its address nothing else is used, so no token follows it elsewhere. */
export function cursorIn(next: string | null | undefined): string | undefined {
  if (!next || !URL.canParse(next, 'https://api.replicate.com')) return undefined;
  return new URL(next, 'https://api.replicate.com').searchParams.get('cursor') ?? undefined;
}
