import type { Readable } from 'node:stream';
import type { FailureKind } from '../domain/failures.js';
import type { GenerationProviderName, GenerationUsage, PicturePlan } from '../domain/generation.js';

/**
 * Who makes pictures. A prediction is made by one of these calls and paid for once; all the others may
 * be repeated. Every method throws a `DarkroomError` whose kind says whether to try again.
 */
export interface GenerationProvider {
  readonly name: GenerationProviderName;
  /**
   * Starts one prediction. When its answer was lost it may be there all the same: `find` tells.
   * @throws DarkroomError `PredictionUncertain` when the answer was lost
   */
  create(order: PredictionOrder, signal: AbortSignal): Promise<Prediction>;
  /** The prediction of an order whose answer was lost; nothing when none was made. */
  find(order: PredictionOrder, signal: AbortSignal): Promise<Prediction | undefined>;
  get(order: PlacedOrder, signal: AbortSignal): Promise<Prediction>;
  /** Cancelling what has ended changes nothing. */
  cancel(order: PlacedOrder, signal: AbortSignal): Promise<void>;
  /**
   * The finished picture, whole or not at all.
   * @throws DarkroomError `ResultExpired` when the provider has it no longer
   */
  read(order: PlacedOrder, output: string, options: ReadOptions): Promise<Readable>;
}

/** One try of a generation. */
export interface PredictionOrder {
  generationId: string;
  /** From 1; each try is a prediction of its own. */
  attempt: number;
  /** When the try began, before anything was sent: what is older cannot be its prediction. */
  orderedAt: Date;
  model?: string;
  modelVersion?: string;
  /** With the style applied to its prompt. */
  plan: PicturePlan;
  source?: SourcePicture;
  /** After which the provider itself gives up, so that what we lost is not paid for ever. */
  cancelAfterSeconds: number;
  /** After which nothing is begun any more, by `performance.now()` of this process. */
  deadlineMs: number;
}

export interface PlacedOrder extends PredictionOrder {
  predictionId: string;
}

/** The picture that another begins with: as a URL that the provider can read, or as its bytes. */
export interface SourcePicture {
  /** Of a source that is an address already. */
  url?: string;
  /** At most 256 kB, because it travels inside the request. */
  bytes(): Promise<{ bytes: Buffer; mediaType: string }>;
}

export interface Prediction {
  id: string;
  state: 'waiting' | 'running' | 'succeeded' | 'failed' | 'cancelled';
  /** 0 to 100, where the provider says. */
  progress?: number;
  /** What `read` takes, when it succeeded. */
  outputs: string[];
  /** Why it failed. */
  failure?: { kind: FailureKind; message: string };
  usage?: Omit<GenerationUsage, 'predictions'>;
}

export interface ReadOptions {
  signal: AbortSignal;
  maxBytes: number;
}
