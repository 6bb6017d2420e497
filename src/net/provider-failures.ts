import { DarkroomError, type FailureKind } from '../domain/failures.js';
import type { ProviderAnswer } from './ask-provider.js';

/** What a provider says of itself when it cannot: everything optional, because nothing is certain. */
interface Said {
  /** HTTP's, or the one that a body with status 200 holds. */
  status: number;
  code: string;
  message: string;
}

/**
 * What an answer means when it is no answer: also one with status 200 that holds an error, as
 * OpenRouter sends it. The message is the provider's, without anything that could be a key.
 */
export function failureOfAnswer(
  answer: ProviderAnswer,
  apiKey: string | undefined,
): DarkroomError | undefined {
  const { status, json } = answer;
  const error = errorIn(json);
  if (status >= 200 && status < 300 && error === undefined) {
    if (typeof json === 'object' && json !== null) return undefined;
    return new DarkroomError('ProviderAnswerInvalid', 'The answer is not JSON.');
  }
  const said = whatItSaid(answer, error);
  const kind = kindOf(said);
  const words = `It answered ${said.status}${said.message && `: ${said.message}`}`;
  const retryAfterMs =
    kind === 'ProviderRateLimited' || said.status === 503
      ? waitOf(answer, said.message)
      : undefined;
  return new DarkroomError(kind, withoutKeys(words, apiKey), {
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  });
}

/** Nothing came back: names that do not resolve, refused connections, answers that break off. */
export function failureOfConnection(error: unknown): DarkroomError {
  const cause = error instanceof Error ? error.cause : undefined;
  const code = (cause as { code?: unknown } | undefined)?.code;
  const what = typeof code === 'string' ? code : 'the connection broke';
  const message = `It cannot be reached (${what}).`;
  return new DarkroomError('ProviderUnavailable', message, { cause: error });
}

function errorIn(json: unknown): unknown {
  if (typeof json !== 'object' || json === null) return undefined;
  const { error, choices } = json as { error?: unknown; choices?: unknown };
  if (error !== undefined && error !== null) return error;
  const [choice] = Array.isArray(choices) ? (choices as unknown[]) : [];
  const { error: inChoice, finish_reason: reason } = (choice ?? {}) as Record<string, unknown>;
  if (inChoice !== undefined && inChoice !== null) return inChoice;
  // OpenRouter's upstream broke off in the middle, and the words so far are half a sentence.
  return reason === 'error' ? { code: 502, message: 'the model broke off' } : undefined;
}

function whatItSaid({ status, text }: ProviderAnswer, error: unknown): Said {
  const ok = status >= 200 && status < 300;
  if (typeof error === 'string') return { status: ok ? 502 : status, code: '', message: error };
  const { code, type, message, metadata } = (error ?? {}) as Record<string, unknown>;
  const inBody = Number(code);
  const { raw, reasons } = (metadata ?? {}) as Record<string, unknown>;
  const moderated = Array.isArray(reasons) ? 'moderation' : '';
  return {
    status: !ok ? status : inBody >= 400 && inBody < 600 ? inBody : 502,
    code: [code, type, moderated].filter((it) => typeof it === 'string').join(' '),
    message: [message, raw].filter((it) => typeof it === 'string').join(' ') || firstWords(text),
  };
}

/** Proxies answer with pages. */
export function firstWords(text: string): string {
  const plain = text.replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ');
  return text.trimStart().startsWith('{') ? '' : plain.trim().slice(0, 100);
}

function kindOf({ status, code, message }: Said): FailureKind {
  if (/content_policy|content_filter|moderation/.test(code)) return 'ContentRejected';
  if (/insufficient_quota|billing/.test(code) || status === 402) return 'ProviderBilling';
  if (status === 403 && /moderat|flagged|guardrail/i.test(message)) return 'ContentRejected';
  if (status === 401 || status === 403) return 'ProviderUnauthorized';
  if (/model_not_found/.test(code) || status === 404) return 'ProviderModelMissing';
  if (status === 429) return 'ProviderRateLimited';
  if (status === 408 || status === 409 || status >= 500) return 'ProviderUnavailable';
  if (status === 400 && /not a valid model|model.{0,80}(not found|does not exist)/i.test(message)) {
    return 'ProviderModelMissing';
  }
  return 'ProviderRefused';
}

/** Until when it wants to be left alone: a header in seconds or as a date, or its own words. */
export function waitOf({ headers }: ProviderAnswer, message: string): number | undefined {
  const milliseconds = Number(headers.get('retry-after-ms') ?? NaN);
  if (milliseconds >= 0) return milliseconds;
  const after = headers.get('retry-after');
  if (after !== null) {
    const seconds = Number(after);
    if (seconds >= 0) return seconds * 1000;
    const at = Date.parse(after);
    // By its own clock, where it says what that shows: ours may be another.
    const now = Date.parse(headers.get('date') ?? '') || Date.now();
    if (!Number.isNaN(at)) return Math.max(0, at - now);
  }
  const [, amount, unit] = /(?:try again|resets) in ~?([\d.]+) ?(ms|s)/i.exec(message) ?? [];
  return amount === undefined ? undefined : Number(amount) * (unit === 'ms' ? 1 : 1000);
}

const LONGEST_MESSAGE = 300;

/** OpenAI repeats the key that it does not know. */
export function withoutKeys(words: string, apiKey: string | undefined): string {
  const known = apiKey === undefined ? words : words.replaceAll(apiKey, '***');
  return known
    .replace(/\b((sk|pk|key|org)-|r8_)[^\s"',]{4,}/gi, '***')
    .replace(/Bearer \S+/gi, 'Bearer ***')
    .slice(0, LONGEST_MESSAGE);
}
