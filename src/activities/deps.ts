import type { Catalog } from '../catalog/catalog.js';
import type { ProcessRequest } from '../domain/process-request.js';
import type { Recipe } from '../domain/recipe.js';
import type { EmbeddingProvider } from '../embedding/embedding.js';
import type { ImageLimits } from '../imaging/encoder-jobs.js';
import type { EncoderPool } from '../imaging/encoder-pool.js';
import type { MetadataProvider } from '../metadata/metadata.js';
import type { Storage } from '../storage/storage.js';
import type { Scratch } from './scratch.js';

/** What activities work with; opened once a worker by `open.ts`. */
export interface ActivityDeps {
  catalog: Catalog;
  originals: Storage;
  /** `undefined`: not configured, and whatever needs it is refused. */
  variants: Storage | undefined;
  metadata: MetadataProvider;
  embedding: EmbeddingProvider;
  encoders: EncoderPool;
  scratch: Scratch;
  recipe: Recipe;
  recipeHash: string;
  limits: ImageLimits;
  /** Of the installation: makes keys unguessable. */
  secret: string;
  images: RunningImages;
}

/** Images that somebody else is already processing. */
export interface RunningImages {
  /** Hands the request to the running workflow (or starts one) and waits for its end. */
  join(imageId: string, request: ProcessRequest, signal: AbortSignal): Promise<void>;
}
