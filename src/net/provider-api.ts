import type { Endpoint } from '../config/provider-variables.js';
import { DarkroomError } from '../domain/failures.js';
import { askProvider } from './ask-provider.js';
import { openDeadline } from './deadline.js';
import { failureOfAnswer } from './provider-failures.js';

/** How a caller waits for its call. */
export interface CallOptions {
  signal?: AbortSignal;
  /** Nobody waits behind it, so it may wait long for its turn. */
  patient?: boolean;
  /** After so long the call would come too late, so nobody waits any longer for its turn. */
  withinMs?: number;
}

/** Stands in front of every call to a provider: whose turn it is, and whether it is asked at all. */
export interface CallGate {
  /** Makes the call when it may be made. @throws DarkroomError `ProviderBusy`, `ProviderPaused` */
  pass<T>(call: () => Promise<T>, options: CallOptions): Promise<T>;
}

/** An endpoint that speaks OpenAI's protocol. */
export interface ProviderApi {
  /**
   * The JSON that it answers with.
   * @param body asked for when it is this call's turn
   * @throws DarkroomError of the kind that says what a provider's failure means; its message holds
   *   no key
   */
  post(path: string, body: () => object, options: CallOptions): Promise<unknown>;
}

export interface ProviderApiSettings {
  endpoint: Endpoint;
  timeoutMs: number;
  gate: CallGate;
}

export function openProviderApi({ endpoint, timeoutMs, gate }: ProviderApiSettings): ProviderApi {
  const call = async (path: string, body: () => object, { signal }: CallOptions) => {
    const late = () =>
      new DarkroomError('ProviderUnavailable', `It did not answer within ${timeoutMs / 1000} s.`);
    using deadline = openDeadline(timeoutMs, late, signal);
    const { baseUrl, apiKey } = endpoint;
    const { signal: ending } = deadline;
    const request = { method: 'POST', body: body(), apiKey, signal: ending } as const;
    const response = await askProvider(`${baseUrl}${path}`, request);
    const failure = failureOfAnswer(response, apiKey);
    if (failure !== undefined) throw failure;
    return response.json;
  };
  return {
    post: async (path, body, options) => {
      options.signal?.throwIfAborted();
      return gate.pass(() => call(path, body, options), options);
    },
  };
}
