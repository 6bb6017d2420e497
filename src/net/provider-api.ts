import type { Endpoint } from '../config/provider-variables.js';
import { DarkroomError } from '../domain/failures.js';
import { openDeadline } from './deadline.js';
import { failureOfAnswer, failureOfConnection } from './provider-failures.js';

/** How a caller waits for its call. */
export interface CallOptions {
  signal?: AbortSignal;
  /** Nobody waits behind it, so it may wait long for its turn. */
  patient?: boolean;
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

/** Hundreds of vectors fit; more is no answer. */
const MAX_ANSWER_BYTES = 32_000_000;

export function openProviderApi({ endpoint, timeoutMs, gate }: ProviderApiSettings): ProviderApi {
  const call = async (path: string, body: () => object, { signal }: CallOptions) => {
    const late = () =>
      new DarkroomError('ProviderUnavailable', `It did not answer within ${timeoutMs / 1000} s.`);
    using deadline = openDeadline(timeoutMs, late, signal);
    const response = await send(endpoint, path, { body: body(), signal: deadline.signal });
    const failure = failureOfAnswer(response, endpoint.apiKey);
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

export interface ProviderAnswer {
  status: number;
  headers: Headers;
  text: string;
  /** `undefined` when it is none. */
  json: unknown;
}

async function send(
  { baseUrl, apiKey }: Endpoint,
  path: string,
  { body, signal }: { body: object; signal: AbortSignal },
): Promise<ProviderAnswer> {
  try {
    const response = await fetch(`${baseUrl}${path}`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/json',
        ...(apiKey !== undefined && { authorization: `Bearer ${apiKey}` }),
      },
      body: JSON.stringify(body),
      // A key goes to the address that it was given for, and to no other.
      redirect: 'error',
      signal,
    });
    const text = await readText(response);
    return { status: response.status, headers: response.headers, text, json: parsed(text) };
  } catch (error) {
    // What the deadline or the caller aborted with says more than "aborted".
    if (signal.aborted) throw signal.reason;
    if (error instanceof DarkroomError) throw error;
    throw failureOfConnection(error);
  }
}

async function readText({ body }: Response): Promise<string> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of (body ?? []) as AsyncIterable<Uint8Array>) {
    parts.push(part);
    bytes += part.byteLength;
    if (bytes > MAX_ANSWER_BYTES) {
      throw new DarkroomError('ProviderAnswerInvalid', 'The answer is larger than 32 MB.');
    }
  }
  return Buffer.concat(parts).toString('utf8');
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
