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
  readonly status: number;
  readonly says: string;
}

const bytes = { fault: 'image', retry: false, quarantine: true, status: 422 } as const;
const outage = {
  fault: 'infrastructure',
  retry: true,
  quarantine: false,
  status: 503,
} as const;
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
  RecipeMismatch: { ...outage, says: 'The worker runs another recipe than the one asked for.' },
  TemporalUnavailable: { ...outage, says: 'The Temporal server cannot be reached right now.' },

  NotMigrated: {
    ...request,
    status: 503,
    says: 'The database has no Darkroom tables yet: run "darkroom migrate".',
  },
  StorageNotConfigured: {
    ...request,
    status: 409,
    says: 'No storage for variants is configured.',
  },
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
  InvalidInput: { ...request, status: 400, says: 'The request cannot be understood.' },
} as const satisfies Record<string, Failure>;

export type FailureKind = keyof typeof FAILURES;

export function failureOf(kind: FailureKind): Failure {
  return FAILURES[kind];
}

export function isFailureKind(text: unknown): text is FailureKind {
  return typeof text === 'string' && Object.hasOwn(FAILURES, text);
}

/** A failure by its kind. The message says what was found; the table holds the words for people. */
export class DarkroomError extends Error {
  override readonly name = 'DarkroomError';
  readonly kind: FailureKind;

  constructor(kind: FailureKind, message?: string, options?: ErrorOptions) {
    super(message ?? FAILURES[kind].says, options);
    this.kind = kind;
  }
}
