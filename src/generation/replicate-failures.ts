import { DarkroomError, type FailureKind } from '../domain/failures.js';
import type { ProviderAnswer } from '../net/ask-provider.js';
import { firstWords, waitOf } from '../net/provider-failures.js';

/** What was asked; a lost answer is another matter when it was to cost money. */
export type Asked = 'create' | 'prediction' | 'list';

/** Words of Replicate without key and prompts, short enough to be kept. */
export type Plain = (said: string) => string;

/**
 * What an answer of Replicate means when it is not what was asked for.
 * @param plain takes out of what it said what nobody else may read
 */
export function failureOfReplicate(
  answer: ProviderAnswer,
  asked: Asked,
  plain: Plain,
): DarkroomError | undefined {
  const { status, json } = answer;
  if (status >= 200 && status < 300) {
    if (typeof json === 'object' && json !== null) return undefined;
    // Something was made perhaps, and a proxy in between ate what was said of it.
    const kind = asked === 'create' ? 'PredictionUncertain' : 'ProviderAnswerInvalid';
    return new DarkroomError(kind, 'The answer is not JSON.');
  }
  const said = wordsIn(answer);
  const kind = kindOf(status, said, asked);
  const words = plain(`It answered ${status}${said && `: ${said}`}`);
  const retryAfterMs = kind === 'ProviderRateLimited' ? waitOf(answer, said) : undefined;
  return new DarkroomError(kind, words, {
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  });
}

/** Errors of connections that were never made: what did not leave cannot have been answered. */
const NEVER_SENT = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);

/** What became of a prediction that was asked for, when nothing came back. */
export function failureOfLostCreate(error: unknown): unknown {
  if (!(error instanceof DarkroomError)) return error;
  if (error.kind !== 'ProviderUnavailable' && error.kind !== 'ProviderAnswerInvalid') return error;
  const fetchError = error.cause instanceof Error ? error.cause.cause : undefined;
  const { code } = (fetchError ?? {}) as { code?: unknown };
  // A certificate that is refused ends the connection before anything is said.
  if (typeof code === 'string' && (NEVER_SENT.has(code) || /CERT|TLS|SSL/.test(code))) return error;
  return new DarkroomError('PredictionUncertain', error.message, { cause: error });
}

function wordsIn({ json, text }: ProviderAnswer): string {
  const { title, detail, invalid_fields: fields } = (json ?? {}) as Record<string, unknown>;
  const words = [title, detail].filter((it): it is string => typeof it === 'string' && it !== '');
  if (Array.isArray(fields)) words.push(spokenJson(fields));
  return words.join(': ') || firstWords(text);
}

/** Without escapes, which would stick to the words around them. */
export function spokenJson(value: unknown): string {
  return JSON.stringify(value).replace(/\\[bfnrt]/g, ' ');
}

function kindOf(status: number, said: string, asked: Asked): FailureKind {
  if (status === 402 || /spend limit|insufficient credit/i.test(said)) return 'ProviderBilling';
  if (status === 401 || status === 403) return 'ProviderUnauthorized';
  if (status === 429) return 'ProviderRateLimited';
  if (status === 404) return asked === 'prediction' ? 'ResultExpired' : 'ProviderModelMissing';
  if (status === 408 || status === 409 || status >= 500) {
    return asked === 'create' ? 'PredictionUncertain' : 'ProviderUnavailable';
  }
  if (
    status === 422 &&
    /version.{0,60}(not exist|invalid|not permitted)|invalid version/i.test(said)
  )
    return 'ProviderModelMissing';
  return 'ProviderRefused';
}

/** By what stands in `error` of a prediction that failed; the first that fits. */
const SAID: readonly (readonly [says: RegExp, kind: FailureKind])[] = [
  [/nsfw|flagged as sensitive|\(E005\)|sensitive content|safety/i, 'ContentRejected'],
  // Out of memory with this input, now and always; the address of the webhook is empty.
  [/\bE1001\b|\bE4875\b/, 'ProviderRefused'],
];

/** Whatever else goes wrong on their machines may go right on the next one. */
export function kindOfFailed(error: string): FailureKind {
  return SAID.find(([says]) => says.test(error))?.[1] ?? 'PredictionFailed';
}
