export interface Whole {
  status: number;
  body: unknown;
  headers?: Record<string, string>;
}

const problem = (status: number, title: string, detail: string, more: object = {}): Whole => ({
  status,
  body: { title, detail, status, ...more },
});

/** What Replicate says when it says no, in its own words where those are known. */
export const answers = {
  unauthenticated: problem(401, 'Unauthenticated', 'You did not pass a valid authentication token'),
  missing: { status: 404, body: { detail: 'The requested resource could not be found.' } },
  noCredit: problem(
    402,
    'Insufficient credit',
    'You have insufficient credit to run this model. Go to https://replicate.com/account/billing#billing to purchase credit. Once you purchase credit, please wait a few minutes before trying again.',
  ),
  throttled: {
    status: 429,
    body: { detail: 'Request was throttled. Your rate limit resets in ~30s.', status: 429 },
  },
  noVersion: problem(
    422,
    'Invalid version or not permitted',
    'The specified version does not exist (or perhaps you do not have permission to use it?)',
  ),
} as const satisfies Record<string, Whole>;

/** Versions that it knows: every name and every hash, but not those of `nobody`. */
const VERSION = /^(?!nobody\/)([\w.-]+\/[\w.-]+(:[0-9a-f]{64})?|[0-9a-f]{64})$/;

/** Why a prediction is not begun; nothing when it is. */
export function refusalOf(
  { version, input, webhook }: Record<string, unknown>,
  cancelAfter: string | undefined,
): Whole | undefined {
  if (typeof version !== 'string' || !VERSION.test(version)) return answers.noVersion;
  const fields = (input ?? {}) as Record<string, unknown>;
  const bad = badField(fields);
  if (bad !== undefined) {
    const [field, words] = bad;
    const invalid = { invalid_fields: [{ field, type: 'invalid', description: words }] };
    return problem(422, 'Input validation failed', `- input.${field}: ${words}\n`, invalid);
  }
  if (cancelAfter !== undefined && !isDuration(cancelAfter)) {
    return problem(422, 'Invalid header', 'Cancel-After: must be at least 5 seconds');
  }
  if (webhook !== undefined && !(typeof webhook === 'string' && URL.canParse(webhook))) {
    return problem(422, 'Invalid webhook', 'webhook: must be an address');
  }
  return undefined;
}

function badField({ prompt, width, height, num_inference_steps: steps }: Record<string, unknown>) {
  if (typeof prompt !== 'string' || prompt === '') return ['prompt', 'prompt is required'] as const;
  for (const [field, value] of Object.entries({ width, height })) {
    const good = value === undefined || (Number.isInteger(value) && Number(value) % 8 === 0);
    if (!good) return [field, 'must be divisible by 8'] as const;
  }
  if (steps !== undefined && !Number.isInteger(steps)) {
    return ['num_inference_steps', 'must be an integer'] as const;
  }
  return undefined;
}

/** Seconds, or hours, minutes and seconds with their letters; five seconds at least. */
function isDuration(text: string): boolean {
  if (/^\d+$/.test(text)) return Number(text) >= 5;
  if (!/^(\d+h)?(\d+m)?(\d+s)?$/.test(text) || text === '') return false;
  const seconds = /^(\d+)s$/.exec(text)?.[1];
  return seconds === undefined || Number(seconds) >= 5;
}
