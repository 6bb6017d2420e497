import type {
  DominantColor,
  CameraFacts,
  Image,
  ImageInScope,
  ImageStatus,
  Metadata,
  Step,
  StepFailure,
  ProviderSources,
  StepSource,
  Variant,
} from '../domain/image.js';
import type { Format } from '../domain/recipe.js';
import type { RetryOf, Run, RunCounts, RunStatus, Scope } from '../domain/runs.js';
import type { DeliveryCatalog } from './deliveries.js';
import type { EndpointCatalog } from './endpoints.js';
import type { GenerationCatalog } from './generations.js';
import type { GroupedFailureCatalog } from './grouped-failures.js';
import type { IdempotencyCatalog } from './idempotency.js';
import type { DatabaseFacts } from './inspect.js';
import type { LifecycleCatalog } from './lifecycle.js';
import type { OverviewCatalog } from './overview.js';
import type { SearchCatalog } from './search/search.js';
import type { DescriptionCache } from './description-cache.js';
import type { LimitCatalog } from './provider-limits.js';
import type { ProviderCatalog } from './provider-states.js';
import type { QueueHistoryCatalog } from './queue-history.js';
import type { WorkerBeatCatalog } from './worker-beats.js';
import type { TokenCatalog } from './tokens.js';

/** What we know about images and runs. Temporal says what is happening; the catalog says what is. */
export interface Catalog extends AsyncDisposable {
  readonly images: ImageCatalog;
  readonly lifecycle: LifecycleCatalog;
  readonly runs: RunCatalog;
  readonly generations: GenerationCatalog;
  readonly tokens: TokenCatalog;
  readonly idempotency: IdempotencyCatalog;
  readonly overview: OverviewCatalog;
  readonly endpoints: EndpointCatalog;
  readonly deliveries: DeliveryCatalog;
  readonly groupedFailures: GroupedFailureCatalog;
  readonly search: SearchCatalog;
  readonly descriptions: DescriptionCache;
  readonly limits: LimitCatalog;
  readonly providers: ProviderCatalog;
  readonly beats: WorkerBeatCatalog;
  readonly queueHistory: QueueHistoryCatalog;
  /**
   * What may be done for one owner. Every call is a transaction as the role darkroom_app: the database
   * shows it, and takes of it, only what is this owner's (migration 0014_owners).
   * @throws DarkroomError `InvalidInput` for an owner without a name
   */
  as(ownerId: string): OwnerCatalog;
  /** Resolves when the database answers. @throws DarkroomError `DatabaseUnavailable` */
  ping(): Promise<void>;
  /** Also of a database that has no tables of ours. @throws DarkroomError `DatabaseUnavailable` */
  inspect(): Promise<DatabaseFacts>;
}

/** Images and generations of other owners are not there for it. */
export interface OwnerCatalog {
  readonly images: Pick<ImageCatalog, 'register' | 'get' | 'variants' | 'variantsOf' | 'list'>;
  readonly lifecycle: Pick<LifecycleCatalog, 'replaceOriginal'>;
  readonly overview: Pick<OverviewCatalog, 'images'>;
  readonly generations: Pick<GenerationCatalog, 'add' | 'get' | 'list' | 'requestCancel'>;
  readonly search: Pick<
    SearchCatalog,
    'byWords' | 'byColors' | 'byMeaning' | 'passing' | 'vectorsOf'
  >;
}

/** What is one owner's when it is named, otherwise of all whom the caller may know of. */
export type Reach = (ownerId?: string) => OwnerCatalog;

export interface ImageCatalog {
  /**
   * Adds what is not there yet (by owner and original) and says how many that were. What somebody
   * deleted on purpose stays deleted.
   */
  add(images: NewImage[]): Promise<{ added: number }>;
  /**
   * The image of this owner and original, added when it is not there yet. A deleted one lives again
   * under its id, as if it were new.
   */
  register(image: NewImage): Promise<{ id: string; created: boolean }>;
  get(imageId: string): Promise<Image | undefined>;
  variants(imageId: string): Promise<Variant[]>;
  /** Those of several images by image, each smallest first. */
  variantsOf(imageIds: string[]): Promise<Map<string, Variant[]>>;
  /**
   * Newest first; `after` is the last id of the page before.
   * @throws DarkroomError `InvalidInput` when that is no image id.
   */
  list(page: ListPage): Promise<Image[]>;
  count(selection: Selection): Promise<number>;
  /**
   * Descriptions and embeddings that the first `limit` images in scope ask their providers for: what
   * is requested and not done, or with `force` all that is requested.
   */
  providerCalls(selection: Selection & { limit?: number; force?: boolean }): Promise<number>;
  stats(): Promise<CatalogStats>;
  /** What is in scope after `after`, ascending by primary key. */
  page(selection: Selection & { after?: string; limit: number }): Promise<ImageInScope[]>;

  // The record methods change nothing, and say false, when the image was deleted meanwhile or its
  // bytes were replaced by others than those that the record was made of.

  /**
   * What `prepareOriginal` found. A first build shows its key at once, a rebuild when it is whole.
   * @param readFrom the original that was read
   */
  recordOriginal(imageId: string, facts: OriginalRecord, readFrom?: string): Promise<boolean>;
  /** One tier in all its formats; moves `readyMaxWidthPx`, and with `last` completes the step. */
  recordTier(imageId: string, tier: TierRecord): Promise<boolean>;
  /** @param sha256 of the bytes that were described */
  recordMetadata(
    ...record: [imageId: string, metadata: Metadata, source: StepSource, sha256?: string]
  ): Promise<boolean>;
  /** @param sha256 of the bytes whose description was embedded */
  recordEmbedding(
    ...record: [imageId: string, vector: number[], source: StepSource, sha256?: string]
  ): Promise<boolean>;
  /**
   * The final failure, and the steps that cannot be done because of it; what is done stays. Nothing of
   * it is recorded when the image was deleted or its original is another by now.
   */
  recordFailure(imageId: string, steps: [Step, ...Step[]], failure: FailureRecord): Promise<void>;
  /** The steps wait for their provider; what is done stays, unless it was to be done again. */
  defer(imageId: string, steps: Step[], options?: DeferOptions): Promise<void>;
  /** These steps were asked for of an image whose original need not be read; somebody is at them. */
  recordRequest(imageId: string, steps: Step[]): Promise<void>;
  /** What was asked for is done already: whoever was said to be at it was lost. */
  settle(imageId: string): Promise<void>;
  /** Work on the image stopped before it ended, and nobody is at it any more. */
  release(imageId: string): Promise<void>;
}

export interface RunCatalog {
  /** Opening a run again changes nothing, except that it then says who asked for it. */
  open(run: NewRun): Promise<void>;
  /** The counts so far; they only grow, and those of a run that has ended stay. */
  checkpoint(runId: string, counts: RunCounts): Promise<void>;
  /** Says that a run that goes on is paused or running again. */
  mark(runId: string, state: RunEnd): Promise<void>;
  close(runId: string, end: RunEnd): Promise<void>;
  /** Files what the run was told, for whoever asks while no worker can say. */
  setConcurrency(runId: string, concurrency: number): Promise<void>;
  get(runId: string): Promise<Run | undefined>;
  /** Newest first; `after` is the last id of the page before. */
  list(limit: number, after?: string): Promise<Run[]>;
  /** Oldest first. */
  failures(runId: string, limit: number): Promise<RunFailure[]>;
  /**
   * Images that failed in the run, and whose steps of it have not all succeeded since: those first that
   * were touched longest ago, so what is tried again and fails again comes last.
   */
  stillFailed(run: Pick<Run, 'id' | 'steps'>, page: StillFailedPage): Promise<Image[]>;
}

export interface StillFailedPage {
  limit: number;
  /** The last of the page before, as it was then. */
  after?: Pick<Image, 'id' | 'updatedAt'>;
}

export interface NewImage {
  ownerId: string;
  original: string;
  fileName: string;
  /** `processing` when whoever registers it starts it too, so that the sweep sees when that fails. */
  status?: ImageStatus;
}

/**
 * Images of a scope, for the steps that were asked for; never deleted ones, and those that were set
 * aside only when that was by other rules than today's.
 */
export interface Selection {
  scope: Scope;
  steps: Step[];
  /** Hash of today's recipe: what `stale` compares with. */
  recipe: string;
  /** Hash of today's rules; absent: nothing that was set aside. */
  rules?: string;
  /** Today's providers: what others did is `stale`; absent: nothing is, on their account. */
  sources?: ProviderSources | undefined;
  ownerId?: string;
  /** Only these of them. */
  ids?: string[];
  /** Only what failed in that run, also if it was set aside. */
  retryOf?: RetryOf;
}

export interface CatalogStats {
  images: number;
  ready: number;
  failed: number;
  variants: number;
  originalBytes: number;
  variantBytes: number;
}

export interface ListPage {
  limit: number;
  after?: string;
  ownerId?: string;
  status?: ImageStatus;
  /** One of the words that describe it. */
  tag?: string;
  /** A word of domain/color-names.ts. */
  color?: string;
  /** Registered at this moment or later. */
  from?: Date;
  /** Registered before this moment. */
  to?: Date;
}

export interface OriginalRecord {
  /** What was asked for: the image is completed when these are done. */
  requestedSteps: Step[];
  sha256: string;
  sizeBytes: number;
  mediaType: string;
  widthPx: number;
  heightPx: number;
  placeholder: string;
  brightness: number;
  colors: DominantColor[];
  camera?: CameraFacts;
  previewKey: string;
  imageKey: string;
  recipe: string;
  formats: Format[];
}

export interface TierRecord {
  /** Of the bytes that it was made of. */
  sha256: string;
  imageKey: string;
  recipe: string;
  formats: Format[];
  widthPx: number;
  variants: Variant[];
  last: boolean;
}

export interface FailureRecord extends StepFailure {
  /** Set aside until the bytes change, or the rules of which this is the hash; absent: not at all. */
  quarantine?: { rules: string };
  /** The run that the image was processed for, which lists it among its failures. */
  runId?: string;
  /** The original that failed; absent: whichever it is. */
  original?: string;
}

export interface DeferOptions {
  /** Words that are kept for the bytes are no answer. */
  force?: boolean;
  /** What the provider said, when it was asked; filed with each of the steps. */
  failure?: StepFailure;
}

export interface NewRun {
  id: string;
  workflowId: string;
  scope: Scope;
  steps: Step[];
  total: number;
  /** Who asked for it, in words. */
  startedBy?: string;
  concurrency?: number;
}

export interface RunEnd extends RunCounts {
  status: RunStatus;
  failure?: { kind: string; message: string };
}

export interface RunFailure {
  imageId: string;
  fileName: string;
  step: Step;
  kind: string;
  message: string;
  at: Date;
}
