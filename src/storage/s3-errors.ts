import { DarkroomError, type FailureKind } from '../domain/failures.js';

/** Quotas and disks, in the codes of Ceph and versitygw, MinIO and Backblaze; Amazon is never full. */
const FULL = new Set(
  'QuotaExceeded XMinioStorageFull XMinioAdminBucketQuotaExceeded StorageCapExceeded'.split(' '),
);

/** The store turns everybody away or is not there: nothing that one object could be blamed for. */
const ABOUT_THE_STORE = new Set(
  (
    'InvalidAccessKeyId SignatureDoesNotMatch InvalidToken ExpiredToken ' +
    'TokenRefreshRequired RequestTimeTooSkewed RequestExpired AccountProblem NotSignedUp'
  ).split(' '),
);

/** Not every 404: proxies and wrong endpoints have theirs. */
const ABOUT_NOTHING = new Set(['NoSuchKey', 'NoSuchVersion', 'NotFound']);

const ABOUT_THE_KEY = new Set(['KeyTooLongError', 'KeyTooLong', 'EntityTooLarge']);

/** What to do, where the SDK's own words do not say it. */
const ADVICE: readonly (readonly [RegExp, string])[] = [
  [/Region is missing/, 'set AWS_REGION or add ?region= to the location'],
  [
    /CredentialsProviderError/,
    'set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, a profile or a role',
  ],
  [/PermanentRedirect|AuthorizationHeaderMalformed/, 'is the bucket in another region?'],
];

/**
 * What a failed request to the store means, by its kind; a DarkroomError comes back as it is.
 * Whatever else the SDK throws (connections, credentials, answers that are no S3) is an outage.
 * @param name what was asked for, in messages
 */
export function s3Error(error: unknown, doing: 'reading' | 'writing', name: string): DarkroomError {
  if (error instanceof DarkroomError) return error;
  const { code, status, words } = factsOf(error);
  const said = `${code} while ${doing} ${name}: ${words}`;
  const advice = ADVICE.find(([pattern]) => pattern.test(said))?.[1];
  const message = advice === undefined ? said : `${said} (${advice})`;
  return new DarkroomError(kindOf(code, status, doing), message, { cause: error });
}

function kindOf(code: string, status: number, doing: 'reading' | 'writing'): FailureKind {
  if (code === 'NoSuchBucket') return 'StorageGone';
  if (FULL.has(code) || status === 507) return 'StorageFull';
  if (ABOUT_THE_KEY.has(code)) return 'InvalidInput';
  // A store that may not be written is the store's fault, not the object's.
  if (doing === 'writing' || ABOUT_THE_STORE.has(code)) return 'StorageUnavailable';
  if (ABOUT_NOTHING.has(code)) return 'OriginalMissing';
  // Without a code, as after HEAD, nobody can tell this object from wrong credentials for all.
  if (status === 403 && !code.startsWith('HTTP')) return 'OriginalUnreadable';
  return 'StorageUnavailable';
}

interface FromSdk extends Error {
  readonly code?: unknown;
  readonly $metadata?: { readonly httpStatusCode?: number };
  /** Also there when the answer was not XML, as an overloaded proxy's is. */
  readonly $response?: { readonly statusCode?: number };
}

function factsOf(thrown: unknown): { code: string; status: number; words: string } {
  const error = (thrown instanceof Error ? thrown : new Error(String(thrown))) as FromSdk;
  const status = error.$metadata?.httpStatusCode ?? error.$response?.statusCode ?? 0;
  return { code: codeOf(error, status), status, words: wordsOf(error) };
}

function codeOf(error: FromSdk, status: number): string {
  if (status < 300) return typeof error.code === 'string' ? error.code : error.name;
  // An answer to HEAD has no body and so no code; what the SDK makes of that says nothing.
  const isCode = !/^(Unknown|UnknownError|\d+|Error|SyntaxError)$/.test(error.name);
  return isCode ? error.name : `HTTP ${status}`;
}

/** One line; Node says nothing itself when several addresses were tried in vain. */
function wordsOf(error: Error): string {
  const first = error instanceof AggregateError ? (error.errors[0] as Error) : error;
  return first.message.replaceAll(/\s+/g, ' ').slice(0, 300) || error.name;
}
