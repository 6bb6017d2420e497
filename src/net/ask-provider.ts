import { DarkroomError } from '../domain/failures.js';
import { failureOfConnection } from './provider-failures.js';

export interface ProviderRequest {
  method: 'GET' | 'POST';
  headers?: Record<string, string>;
  /** Sent as JSON. */
  body?: object;
  apiKey?: string | undefined;
  /** Its reason is what an aborted request fails with. */
  signal: AbortSignal;
}

export interface ProviderAnswer {
  status: number;
  headers: Headers;
  text: string;
  /** `undefined` when it is none. */
  json: unknown;
}

/** Hundreds of vectors fit; more is no answer. */
const MAX_ANSWER_BYTES = 32_000_000;

/**
 * One request to a provider and its answer, whatever it is; no redirect is followed.
 * @throws DarkroomError `ProviderUnavailable`, with the connection's own error as its cause;
 *   `ProviderAnswerInvalid` when it is too large; the signal's reason
 */
export async function askProvider(url: string, request: ProviderRequest): Promise<ProviderAnswer> {
  const { method, headers, body, apiKey, signal } = request;
  try {
    const response = await fetch(url, {
      method,
      headers: {
        ...(body !== undefined && { 'content-type': 'application/json' }),
        accept: 'application/json',
        ...headers,
        ...(apiKey !== undefined && { authorization: `Bearer ${apiKey}` }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
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
