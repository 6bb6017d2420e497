import type {
  DominantColor,
  CameraFacts,
  Image,
  ImageInScope,
  ImageStatus,
  Metadata,
  Step,
  StepFailure,
  StepSource,
  Variant,
} from '../domain/image.js';
import type { Format } from '../domain/recipe.js';
import type { Run, RunCounts, RunStatus, Scope } from '../domain/runs.js';

/** What we know about images and runs. Temporal says what is happening; the catalog says what is. */
export interface Catalog extends AsyncDisposable {
  readonly images: ImageCatalog;
  readonly runs: RunCatalog;
  /** Resolves when the database answers. @throws DarkroomError `DatabaseUnavailable` */
  ping(): Promise<void>;
}

export interface ImageCatalog {
  /** Adds what is not there yet (by owner and original) and says how many that were. */
  add(images: NewImage[]): Promise<{ added: number }>;
  /** The image of this owner and original, added when it is not there yet. */
  register(image: NewImage): Promise<{ id: string; created: boolean }>;
  get(imageId: string): Promise<Image | undefined>;
  variants(imageId: string): Promise<Variant[]>;
  /**
   * Newest first; `after` is the last id of the page before.
   * @throws DarkroomError `InvalidInput` when that is no image id.
   */
  list(page: ListPage): Promise<Image[]>;
  count(selection: Selection): Promise<number>;
  stats(): Promise<CatalogStats>;
  /** What is in scope after `after`, ascending by primary key. */
  page(selection: Selection & { after?: string; limit: number }): Promise<ImageInScope[]>;

  /** What `prepareOriginal` found. A first build shows its key at once, a rebuild when it is whole. */
  recordOriginal(imageId: string, facts: OriginalRecord): Promise<void>;
  /** One tier in all its formats; moves `readyMaxWidthPx`, and with `last` completes the step. */
  recordTier(imageId: string, tier: TierRecord): Promise<void>;
  recordMetadata(imageId: string, metadata: Metadata, source: StepSource): Promise<void>;
  recordEmbedding(imageId: string, vector: number[], source: StepSource): Promise<void>;
  /** The final failure, and the steps that cannot be done because of it; what is done stays. */
  recordFailure(imageId: string, steps: [Step, ...Step[]], failure: FailureRecord): Promise<void>;
  /** Work on the image stopped before it ended, and nobody is at it any more. */
  release(imageId: string): Promise<void>;
}

export interface RunCatalog {
  /** Opening a run again changes nothing. */
  open(run: NewRun): Promise<void>;
  checkpoint(runId: string, counts: RunCounts): Promise<void>;
  close(runId: string, end: RunEnd): Promise<void>;
  get(runId: string): Promise<Run | undefined>;
  /** Newest first. */
  list(limit: number): Promise<Run[]>;
  failures(runId: string): Promise<RunFailure[]>;
}

export interface NewImage {
  ownerId: string;
  original: string;
  fileName: string;
}

/** Images of a scope, for the steps that were asked for; never deleted or quarantined ones. */
export interface Selection {
  scope: Scope;
  steps: Step[];
  /** Hash of today's recipe: what `stale` compares with. */
  recipe: string;
  ownerId?: string;
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
}

export interface OriginalRecord {
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
  imageKey: string;
  recipe: string;
  formats: Format[];
  widthPx: number;
  variants: Variant[];
  last: boolean;
}

export interface FailureRecord extends StepFailure {
  /** Set aside until the bytes or the recipe change. */
  quarantine: boolean;
  /** The run that the image was processed for, which lists it among its failures. */
  runId?: string;
}

export interface NewRun {
  id: string;
  workflowId: string;
  scope: Scope;
  steps: Step[];
  total: number;
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
