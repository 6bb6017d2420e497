import { defineQuery, defineSignal } from '@temporalio/workflow';
import type { Step } from '../domain/image.js';
import type { ProcessRequest } from '../domain/process-request.js';
import type { Progress } from '../domain/progress.js';
import type { RetryOf, RunStatus, Scope } from '../domain/runs.js';
import type { ControlState } from './run-control.js';

export interface ProcessImageInput {
  imageId: string;
  request?: ProcessRequest;
}

export interface ProcessImageResult {
  imageId: string;
  /** Variants stored by this execution; those that were there already do not count. */
  encoded: number;
}

/** A request that meets a running image: one more pass before it ends, if that is still needed. */
export const requestSignal = defineSignal<[ProcessRequest]>('request');

/** To a run: the variants of this image are finished, and what is left waits for a provider. */
export const shownSignal = defineSignal<[string]>('shown');

/** Every field has a default, so `temporal workflow start` works with no input. */
export interface BackfillInput {
  scope?: Scope;
  steps?: Step[];
  ownerId?: string;
  /** Only these images, as far as they are in scope. */
  ids?: string[];
  /** Images in flight at once. */
  concurrency?: number;
  /** Images a page of the catalog. */
  pageSize?: number;
  /** Pages before the history is renewed by continue-as-new. */
  pagesPerExecution?: number;
  /** Stop after this many images. */
  limit?: number;
  /** Take the images that failed in that run, or those of some kinds, even if they were set aside. */
  retryOf?: RetryOf;
  /** Where the execution before this one stopped; set by continue-as-new only. */
  resume?: BackfillPosition;
}

export interface BackfillPosition {
  after?: string;
  started: number;
  done: number;
  failed: number;
  total: number;
  startedAtMs: number;
  control: ControlState;
}

export interface BackfillResult {
  runId: string;
  status: RunStatus;
  done: number;
  failed: number;
}

/** No image is started until `resume`; those in flight finish. */
export const pauseSignal = defineSignal('pause');
export const resumeSignal = defineSignal('resume');
export const setConcurrencySignal = defineSignal<[number]>('setConcurrency');

export const progressQuery = defineQuery<Progress>('progress');
