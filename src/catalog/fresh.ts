import type { PgUpdateSetSource } from 'drizzle-orm/pg-core';
import { STEPS } from '../domain/image.js';
import type { images } from './schema.js';

/** Everything that processing finds out, as it is before the first time. */
export const FRESH = {
  sha256: null,
  sizeBytes: null,
  mediaType: null,
  widthPx: null,
  heightPx: null,
  placeholder: null,
  brightness: null,
  colors: [],
  camera: null,
  previewKey: null,
  imageKey: null,
  buildingKey: null,
  recipe: null,
  formats: [],
  status: 'pending',
  readyMaxWidthPx: 0,
  variantsReady: false,
  requestedSteps: [...STEPS],
  variantsState: 'pending',
  variantsFailure: null,
  metadataState: 'pending',
  metadataSource: null,
  metadataFailure: null,
  embeddingState: 'pending',
  embeddingSource: null,
  embeddingFailure: null,
  description: null,
  tags: [],
  category: null,
  dominantColors: [],
  mood: null,
  quarantinedAt: null,
} satisfies PgUpdateSetSource<typeof images>;
