/** Everything that can go wrong by name: whose fault, whether to try again, and the words for people. */
export interface Failure {
  /**
   * Who has to change for the next try to go better. Failures of the image and the provider count
   * towards their three tries; infrastructure is ridden out.
   */
  readonly fault: 'image' | 'provider' | 'infrastructure' | 'request';
  readonly retry: boolean;
  /** How often at most, where that is neither three times nor half an hour. */
  readonly tries?: number;
  /** Only bytes that can never work are set aside until they or the recipe change. */
  readonly quarantine: boolean;
  /** The step is left to the sweep, which waits for the provider: another image would fare no better. */
  readonly defer?: boolean;
  readonly status: number;
  readonly says: string;
}

const bytes = { fault: 'image', retry: false, quarantine: true, status: 422 } as const;
const outage = { fault: 'infrastructure', retry: true, quarantine: false, status: 503 } as const;
/** Our fault or theirs, and never that of the image: its step waits until the provider works again. */
const provider = { fault: 'provider', quarantine: false, defer: true, status: 503 } as const;
const request = { fault: 'request', retry: false, quarantine: false } as const;

export const FAILURES = {
  ImageEmpty: { ...bytes, says: 'The file is empty.' },
  NotAnImage: { ...bytes, says: 'The file is not an image.' },
  UnsupportedFormat: { ...bytes, says: 'This image format is not supported.' },
  ImageCorrupt: { ...bytes, says: 'The image is damaged or incomplete and cannot be read.' },
  FileTooLarge: { ...bytes, status: 413, says: 'The file is larger than the limit.' },
  TooManyPixels: { ...bytes, status: 413, says: 'The image has more pixels than the limit.' },

  OriginalMissing: {
    ...bytes,
    quarantine: false,
    status: 404,
    says: 'The original is no longer where it was.',
  },
  OriginalUnreadable: {
    ...bytes,
    quarantine: false,
    says: 'The original is there but may not be read.',
  },
  AddressNotAllowed: {
    ...bytes,
    quarantine: false,
    says: 'The address may not be fetched: only public https: addresses are.',
  },
  SourceUnavailable: {
    // Somebody else's site may stay away for ever, so it has an image's three tries, not half an hour.
    ...bytes,
    retry: true,
    quarantine: false,
    status: 502,
    says: 'The site at the address cannot be read right now.',
  },
  EncoderCrashed: {
    ...bytes,
    retry: true,
    quarantine: false,
    says: 'The encoder process died while it worked on this image.',
  },
  ImageKillsEncoder: { ...bytes, says: 'The encoder dies of this image, also when it is alone.' },
  EncoderOutOfMemory: { ...bytes, says: 'The image takes more memory than it may.' },
  EncodeTimedOut: {
    ...bytes,
    retry: true,
    quarantine: false,
    says: 'Encoding took longer than its limit.',
  },
  Unexpected: {
    ...bytes,
    retry: true,
    quarantine: false,
    status: 500,
    says: 'Something went wrong that Darkroom does not know yet.',
  },

  ProviderRateLimited: { ...provider, retry: true, says: 'The provider wants fewer calls.' },
  ProviderUnavailable: {
    ...provider,
    retry: true,
    says: 'The provider does not answer, or says that it cannot right now.',
  },
  ProviderUnauthorized: {
    ...provider,
    retry: false,
    says: 'The provider does not accept the API key.',
  },
  ProviderBilling: {
    ...provider,
    retry: false,
    says: 'The provider wants to be paid: the account has no credit left.',
  },
  ProviderModelMissing: {
    ...provider,
    retry: false,
    says: 'The provider does not have the configured model.',
  },
  ProviderPaused: {
    ...provider,
    retry: false,
    says: 'The provider is not asked for a while, because it refused again and again.',
  },
  ProviderBusy: {
    ...provider,
    retry: false,
    says: 'The rate limit had no room for this call in time.',
  },
  ProviderAnswerInvalid: {
    ...provider,
    ...{ retry: true, defer: false, status: 502 },
    says: 'The provider sent an answer that cannot be used.',
  },
  ProviderRefused: {
    ...provider,
    ...{ retry: false, defer: false, status: 502 },
    says: 'The provider cannot do anything with this request.',
  },
  ContentRejected: {
    ...provider,
    ...{ retry: false, defer: false, status: 422 },
    says: 'The provider does not want to look at this picture.',
  },
  ProviderNotConfigured: {
    ...provider,
    ...{ retry: false, defer: false, status: 409 },
    says: 'The provider is not configured.',
  },
  PredictionUncertain: {
    // Whether it was made, and will be paid for, is found out before another one is asked for.
    ...provider,
    ...{ retry: true, defer: false, status: 502 },
    says: 'The provider was asked for a picture, and its answer was lost.',
  },
  PredictionFailed: {
    ...provider,
    ...{ retry: true, defer: false, status: 502 },
    says: 'The provider could not make the picture.',
  },
  PredictionTimedOut: {
    ...provider,
    ...{ retry: false, defer: false, status: 504 },
    says: 'The picture took longer than its time-out.',
  },
  ResultExpired: {
    ...provider,
    ...{ retry: false, defer: false, status: 502 },
    says: 'The provider has deleted the picture before it was brought home.',
  },

  DatabaseUnavailable: { ...outage, says: 'The database cannot be reached right now.' },
  StorageUnavailable: { ...outage, says: 'The storage cannot be reached right now.' },
  StorageGone: {
    // Ten tries are two minutes: a mount may be on its way back, a deleted bucket is not.
    ...outage,
    tries: 10,
    says: 'The storage is gone: its folder or bucket is not there.',
  },
  StorageFull: { ...outage, status: 507, says: 'There is no space left in the storage.' },
  EncoderUnavailable: { ...outage, says: 'The worker cannot start an encoder process.' },
  WorkerStopping: { ...outage, says: 'The worker is stopping; another one takes over.' },
  WorkerLost: {
    ...outage,
    says: 'The worker was lost in the middle of it; another one takes over.',
  },
  RecipeMismatch: { ...outage, says: 'The worker runs another recipe than the one asked for.' },
  TemporalUnavailable: { ...outage, says: 'The Temporal server cannot be reached right now.' },
  TemporalRefused: { ...request, status: 503, says: 'The Temporal server refuses Darkroom.' },

  NotMigrated: {
    ...request,
    status: 503,
    says: 'The database has no Darkroom tables yet: run "darkroom migrate".',
  },
  StorageNotConfigured: { ...request, status: 409, says: 'No storage for variants is configured.' },
  WorkflowStopped: {
    ...request,
    status: 409,
    says: 'The work on this image was stopped from outside before it ended.',
  },
  AlreadyActive: { ...request, status: 409, says: 'A backfill is already active.' },
  NoImages: { ...request, status: 409, says: 'There are no images to process.' },
  NotActive: { ...request, status: 409, says: 'No backfill is active.' },
  ImageNotFound: { ...request, status: 404, says: 'There is no such image.' },
  RunNotFound: { ...request, status: 404, says: 'There is no such run.' },
  QueueNotFound: { ...request, status: 404, says: 'There is no such queue.' },
  GenerationNotFound: { ...request, status: 404, says: 'There is no such generation.' },
  GenerationEnded: { ...request, status: 409, says: 'The generation has ended already.' },
  InvalidInput: { ...request, status: 400, says: 'The request cannot be understood.' },

  Unauthenticated: { ...request, status: 401, says: 'A valid token is needed.' },
  Forbidden: { ...request, status: 403, says: 'This token may not do that.' },
  CrossSite: {
    ...request,
    status: 403,
    says: 'Another site may not make a signed-in browser change anything here.',
  },
  HostNotAllowed: {
    ...request,
    status: 421,
    says: 'This server does not answer to that host name; PUBLIC_URL says to which it does.',
  },
  RouteNotFound: { ...request, status: 404, says: 'There is nothing at this address.' },
  RequestTooLarge: { ...request, status: 413, says: 'The request is larger than the limit.' },
  RequestTooSlow: {
    ...request,
    status: 408,
    says: 'The rest of the request did not come in time.',
  },
  MediaTypeNotSupported: {
    ...request,
    status: 415,
    says: 'The body is of a type that this address does not take.',
  },
  RangeNotSatisfiable: { ...request, status: 416, says: 'The file has no bytes in that range.' },
  TooManyRequests: {
    ...request,
    status: 429,
    says: 'There were too many requests; wait a moment.',
  },
  TokenNotFound: { ...request, status: 404, says: 'There is no such token.' },
  TooManyTokens: {
    ...request,
    status: 409,
    says: 'Two tokens of this name are in use already; revoke one first.',
  },
  EndpointNotFound: { ...request, status: 404, says: 'There is no such endpoint.' },
  DeliveryNotFound: { ...request, status: 404, says: 'There is no such delivery.' },
  EndpointDisabled: {
    ...request,
    status: 409,
    says: 'The endpoint is disabled; enable it first.',
  },
  NotDelivered: {
    // Tried again by its own schedule, not by that of images and providers.
    ...request,
    status: 502,
    says: 'The endpoint did not take the event.',
  },
  RepetitionDiffers: {
    ...request,
    status: 422,
    says: 'This Idempotency-Key was used for another request.',
  },
  StillAnswering: {
    ...request,
    status: 409,
    says: 'The first request with this Idempotency-Key is still being answered.',
  },
} as const satisfies Record<string, Failure>;

export type FailureKind = keyof typeof FAILURES;

export function failureOf(kind: FailureKind): Failure {
  return FAILURES[kind];
}

export function isFailureKind(text: unknown): text is FailureKind {
  return typeof text === 'string' && Object.hasOwn(FAILURES, text);
}

/** What comes from elsewhere, as from a history or a row of before, may be a kind of another version. */
export function knownKind(text: unknown): FailureKind {
  return isFailureKind(text) ? text : 'Unexpected';
}

interface DarkroomErrorOptions extends ErrorOptions {
  retryAfterMs?: number;
  problems?: string[];
}

/** A failure by its kind. The message says what was found; the table holds the words for people. */
export class DarkroomError extends Error {
  /** By its kind, because a store of somebody's own may throw the class of another installed copy. */
  static override [Symbol.hasInstance](value: unknown): value is DarkroomError {
    if (!(value instanceof Error) || value.name !== 'DarkroomError') return false;
    return isFailureKind((value as Partial<DarkroomError>).kind);
  }

  override readonly name = 'DarkroomError';
  readonly kind: FailureKind;
  /** When it is worth trying again, where somebody said so. */
  readonly retryAfterMs?: number;
  /** What the message says, a sentence each, where several things are wrong. */
  readonly problems?: string[];

  constructor(
    kind: FailureKind,
    message?: string,
    { retryAfterMs, problems, ...options }: DarkroomErrorOptions = {},
  ) {
    super(message ?? FAILURES[kind].says, options);
    this.kind = kind;
    if (retryAfterMs !== undefined) this.retryAfterMs = retryAfterMs;
    if (problems !== undefined) this.problems = problems;
  }
}
