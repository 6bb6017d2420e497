import type { FaultKind } from './schedule.js';

/** What is left when the faults are over, as the checker reads it: nothing in it is asked of Darkroom. */
export interface Evidence {
  /** Names of files whose registration was acknowledged; each is an image of its own. */
  acknowledged: string[];
  images: ImageRow[];
  variants: VariantRow[];
  /** Everything under `variants/`, read and decoded to its last pixel. */
  objects: StoredObject[];
  /** What a run without faults made of the same files. */
  reference: ReferenceVariant[];
  /** Of a provider that is paid: what it made and was paid for. Every generation has words of its own. */
  ledger: { prompt: string; predictionId: string }[];
  /** All of them, whether they were acknowledged or not: whoever asks again asks in other words. */
  generations: GenerationRow[];
  /** Prompts of those that were acknowledged. */
  promised: string[];
  /** Work that has failed at some time, whatever came of it later. */
  givenUp: GivenUp[];
  /** Workers that ended by themselves. */
  fallen: string[];
  /** Failed tries of which Darkroom did not know what they were, as the workers logged them. */
  unforeseen: string[];
  /** Work that dead and stopped workers held. */
  notices: Notice[];
  work: Work;
  /** How often each fault hit work in flight, and how often it had to. */
  landed: Record<FaultKind, number>;
  wanted: Partial<Record<FaultKind, number>>;
}

export interface GivenUp {
  /** Of the image or the generation. */
  id: string;
  why: string;
}

export interface ImageRow {
  id: string;
  fileName: string;
  status: string;
  quarantined: boolean;
  imageKey: string | null;
  /** Kind of the last failure of any step. */
  failure: string | null;
}

export interface VariantRow {
  imageId: string;
  imageKey: string;
  recipe: string;
  widthPx: number;
  heightPx: number;
  format: string;
  key: string;
  sizeBytes: number;
  sha256: string;
}

export interface StoredObject {
  key: string;
  sizeBytes: number;
  sha256: string;
  picture: { widthPx: number; heightPx: number; format: string } | { broken: string };
}

export interface ReferenceVariant {
  fileName: string;
  widthPx: number;
  format: string;
  sha256: string;
}

export interface GenerationRow {
  id: string;
  prompt: string;
  failure: string | null;
  status: string;
  imageId: string | null;
}

/** One activity on a worker that died or stood still, and when Temporal gave it to another. */
export interface Notice {
  fault: string;
  activity: string;
  goneAtMs: number;
  /** Absent: not within the run. */
  noticedAtMs?: number;
  heartbeatTimeoutMs: number;
  /** For so long nobody could notice anything, because the Temporal server itself was away. */
  serverAwayMs: number;
}

export interface Work {
  /** Variants that were encoded, by all workers. */
  encoded: number;
  /** Encodes that faults may have undone: each kill as many as it had slots, each lost upload one. */
  mayBeUndone: number;
}
