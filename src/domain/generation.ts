import type { FailureKind } from './failures.js';

/** `downloading`: the provider is done, and its picture is on its way into our storage. */
export const GENERATION_STATUSES = [
  'pending',
  'processing',
  'downloading',
  'completed',
  'failed',
  'cancelled',
] as const;
export type GenerationStatus = (typeof GENERATION_STATUSES)[number];

export const RESULT_FORMATS = ['png', 'jpg', 'webp'] as const;
export type ResultFormat = (typeof RESULT_FORMATS)[number];

export const GENERATION_PROVIDERS = ['mock', 'replicate'] as const;
export type GenerationProviderName = (typeof GENERATION_PROVIDERS)[number];

/** They still change; of the others none does. */
export const OPEN_STATUSES = ['pending', 'processing', 'downloading'] as const;

export function hasEnded({ status }: { status: GenerationStatus }): boolean {
  return !OPEN_STATUSES.some((open) => open === status);
}

/** What picture is wanted. Absent fields are the model's own choice. */
export interface PicturePlan {
  prompt: string;
  negativePrompt?: string;
  widthPx: number;
  heightPx: number;
  /** Of denoising. */
  steps?: number;
  guidanceScale?: number;
  /** The same seed, prompt and model give the same picture where the provider can do that. */
  seed?: number;
  /** Image to image: the id of an image of the same owner, or an https URL. */
  sourceImage?: string;
  /** How far from its source: 0 stays with it, 1 forgets it. */
  strength?: number;
  /** A named preset that rewrites the prompt. */
  style?: string;
  format: ResultFormat;
}

/** What the provider charged, as far as it says. */
export interface GenerationUsage {
  /** Seconds of the provider's machine, its usual unit. */
  predictSeconds?: number;
  costUsd?: number;
  /** Predictions that were made for it; more than one only where the provider failed. */
  predictions: number;
}

/** A request for a new picture: a row of `generation_jobs` as the program sees it. */
export interface Generation extends PicturePlan {
  id: string;
  ownerId: string;
  /** Absent: the configured one, until the first try begins. */
  provider?: GenerationProviderName;
  model?: string;
  modelVersion?: string;
  /** Higher first, then age, within an owner. */
  priority: number;
  status: GenerationStatus;
  /** 0 to 100, never falling. */
  progress: number;
  /** Tries that began, of the most that there may be. */
  attemptNumber: number;
  maxAttempts: number;
  timeoutSeconds: number;
  /** The provider's name for the try that is under way, or was the last. */
  predictionId?: string;
  /** The image that it became; always there when it is completed. */
  imageId?: string;
  failure?: { kind: FailureKind; message: string };
  usage?: GenerationUsage;
  createdAt: Date;
  startedAt?: Date;
  finishedAt?: Date;
  /** From start to end. */
  durationMs?: number;
  cancelRequestedAt?: Date;
}
