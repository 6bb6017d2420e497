import type { Catalog } from '../catalog/catalog.js';
import type { DueDelivery } from '../catalog/deliveries.js';
import type { Generation, GenerationProviderName } from '../domain/generation.js';
import type { ImageInScope, Step } from '../domain/image.js';
import type { ProcessRequest } from '../domain/process-request.js';
import type { Recipe } from '../domain/recipe.js';
import type { EmbeddingProvider } from '../embedding/embedding.js';
import type { GenerationProvider } from '../generation/generation.js';
import type { ImageLimits } from '../imaging/encoder-jobs.js';
import type { EncoderPool } from '../imaging/encoder-pool.js';
import type { MetadataProvider } from '../metadata/metadata.js';
import type { Notifier } from '../notify/notify.js';
import type { OutsideOriginals } from '../storage/locate-original.js';
import type { Storage } from '../storage/storage.js';
import type { PredictionPace } from './prediction-pace.js';
import type { Scratch } from './scratch.js';

/** What activities work with; opened once a worker by `open.ts`. */
export interface ActivityDeps {
  catalog: Catalog;
  originals: Storage;
  /** Originals at sites and in other buckets; absent: none are read. */
  outside?: OutsideOriginals;
  /** `undefined`: not configured, and whatever needs it is refused. */
  variants: Storage | undefined;
  metadata: MetadataProvider;
  embedding: EmbeddingProvider;
  /** Steps whose provider is not asked at the moment; absent: none. */
  pausedSteps?: () => Promise<Step[]>;
  generation: PictureMakers;
  predictionPace: PredictionPace;
  encoders: EncoderPool;
  scratch: Scratch;
  recipe: Recipe;
  recipeHash: string;
  /** Of what decides whether a file can be read: what was set aside by other rules is tried again. */
  rulesHash: string;
  limits: ImageLimits;
  /** Of the installation: makes keys unguessable. */
  secret: string;
  images: RunningImages;
  notifier: Notifier;
  deliveries: RunningDeliveries;
  generations: RunningGenerations;
}

/** Who makes pictures. */
export interface PictureMakers {
  /** For generations that name nobody. */
  readonly usual: GenerationProviderName;
  /** @throws DarkroomError `ProviderNotConfigured` */
  of(name: GenerationProviderName): GenerationProvider;
}

/** The workflows of generations. */
export interface RunningGenerations {
  /** @returns false when it is under way already */
  start(generation: Pick<Generation, 'id' | 'ownerId' | 'prompt'>): Promise<boolean>;
}

/** The workflows that bring events to endpoints. */
export interface RunningDeliveries {
  /** @returns false when it is under way already */
  start(delivery: DueDelivery): Promise<boolean>;
  /** Tells administrators of the failures that wait, at the end of the window. */
  startDigest(): Promise<void>;
}

/** The workflows of images, whoever started them. */
export interface RunningImages {
  /** Hands the request to the running workflow (or starts one) and waits for its end. */
  join(imageId: string, request: ProcessRequest, signal: AbortSignal): Promise<void>;
  /** Hands the request to the running workflow or starts one. */
  start(image: ImageInScope, request: ProcessRequest): Promise<void>;
  isRunning(imageId: string): Promise<boolean>;
  /** Cancels what is being done with the image and waits for its end, a minute at most. */
  stop(imageId: string, signal: AbortSignal): Promise<void>;
}
