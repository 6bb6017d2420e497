import type { FailureKind } from './failures.js';
import type { Format, Tier } from './recipe.js';

export const STEPS = ['variants', 'metadata', 'embedding'] as const;
export type Step = (typeof STEPS)[number];

export type StepState = 'pending' | 'deferred' | 'done' | 'failed';

/** `completed`: every requested step is done. `variantsReady` says earlier that it can be shown. */
export type ImageStatus = 'pending' | 'processing' | 'completed' | 'failed';

/** Why a step failed the last time: the kind from the failure table and what was found, in plain words. */
export interface StepFailure {
  kind: FailureKind;
  message: string;
  at: string;
}

/** Who did a step, so that a change of provider, model or prompt makes it stale. */
export interface StepSource {
  provider: string;
  model: string;
  version: string;
}

/** Who does the steps that a provider does, today. */
export type ProviderSources = Record<'metadata' | 'embedding', StepSource>;

export function sameSource(a: StepSource, b: StepSource): boolean {
  return a.provider === b.provider && a.model === b.model && a.version === b.version;
}

export interface StepRecord {
  state: StepState;
  source?: StepSource;
  failure?: StepFailure;
}

/** A colour of the picture and how much of it has that colour (0 to 1, the list sums to at most 1). */
export interface DominantColor {
  hex: string;
  share: number;
}

/** What the camera wrote, without anything that tells where or with whose camera (no GPS, no serials). */
export interface CameraFacts {
  make?: string;
  model?: string;
  lens?: string;
  takenAt?: string;
  exposureSeconds?: number;
  aperture?: number;
  iso?: number;
  focalLengthMm?: number;
}

/** What a vision model (or the builtin one) says of a picture. */
export interface Metadata {
  description: string;
  tags: string[];
  category: string;
  dominantColors: string[];
  mood: string;
}

/** What somebody said of the picture; its colours are measured. */
export type Words = Omit<Metadata, 'dominantColors'>;

export interface Variant {
  tier: Tier['label'];
  widthPx: number;
  heightPx: number;
  format: Format;
  /** Key in the variant storage; its public address is `{variantBaseUrl}/{key}`. */
  key: string;
  sizeBytes: number;
  sha256: string;
}

/** What a page of a backfill says of an image. */
export interface ImageInScope {
  id: string;
  ownerId: string;
  /** Absent in what was recorded before it was asked for. */
  fileName?: string;
}

/** A catalog row as the program sees it. */
export interface Image {
  id: string;
  ownerId: string;
  /** Where the bytes that came in are: a key in the original storage, or a `file:` or `https:` URL. */
  original: string;
  fileName: string;
  sha256?: string;
  sizeBytes?: number;
  mediaType?: string;
  widthPx?: number;
  heightPx?: number;
  placeholder?: string;
  brightness?: number;
  colors: DominantColor[];
  camera?: CameraFacts;
  /** Key of the private JPEG of at most 512 px that describers see; in the original storage. */
  previewKey?: string;
  imageKey?: string;
  /** Key of the variants that are being made, until they are the ones that are served. */
  buildingKey?: string;
  recipe?: string;
  formats: Format[];
  status: ImageStatus;
  readyMaxWidthPx: number;
  variantsReady: boolean;
  steps: Record<Step, StepRecord>;
  metadata?: Metadata;
  quarantinedAt?: Date;
  createdAt: Date;
  updatedAt: Date;
  deletedAt?: Date;
}
