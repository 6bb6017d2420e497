import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import {
  CancellationScope,
  ChildWorkflowCancellationType,
  ParentClosePolicy,
  condition,
  isCancellation,
  patched,
  proxyActivities,
  setHandler,
  startChild,
} from '@temporalio/workflow';
import type { Activities } from '../activities/index.js';
import { fairnessKey } from '../domain/fairness-key.js';
import { fileLabel } from '../domain/file-label.js';
import { imageWorkflowId } from '../domain/ids.js';
import { STEPS, type ImageInScope, type Step } from '../domain/image.js';
import { PRIORITY } from '../domain/priority.js';
import type { ProcessRequest } from '../domain/process-request.js';
import { stepLabel } from '../domain/step-labels.js';
import type { RunCounts } from '../domain/runs.js';
import { catalogActivities } from './catalog-activities.js';
import { shownSignal } from './messages.js';
import { POLICIES } from './policies.js';
import { processImage } from './process-image.js';
import type { RunControl } from './run-control.js';
import { SEARCH_ATTRIBUTES } from './search-attributes.js';
import { asFailure, whatFailed, type WhatFailed } from './step-failure.js';

/** The images of a run that are being processed now, never more than its control allows. */
export class ImageWindow {
  readonly counts: RunCounts;
  /** Images whose variants are being made: these are what the concurrency counts. */
  readonly #inFlight = new Set<string>();
  /** Of the others only a provider is awaited, or somebody else's work. */
  #open = 0;
  /** Whoever works on them has room of their own, and what they wait for may be a provider for hours. */
  readonly #joinedTakeNoRoom = patched('joined-take-no-room');
  readonly #request: ProcessRequest & { runId: string };
  readonly #control: RunControl;
  /** Shows people where the run stands. */
  readonly onChange: () => void;

  constructor(options: {
    counts: RunCounts;
    request: ProcessRequest & { runId: string };
    control: RunControl;
    onChange: () => void;
  }) {
    this.counts = { ...options.counts };
    this.#request = options.request;
    this.#control = options.control;
    this.onChange = options.onChange;
    setHandler(shownSignal, (imageId) => {
      if (this.#inFlight.delete(imageId)) this.onChange();
    });
  }

  get inFlight(): number {
    return this.#inFlight.size;
  }

  get describing(): number {
    return this.#open - this.inFlight;
  }

  /** Resolves once the image has found room and is being processed. */
  async add(image: ImageInScope): Promise<void> {
    const control = this.#control;
    await condition(() => control.fatal !== undefined || control.roomBeside(this));
    this.#endIfFatal();
    this.#open += 1;
    this.#inFlight.add(image.id);
    void this.#process(image)
      .then(
        () => {
          this.counts.done += 1;
          control.succeeded();
        },
        (error: unknown) => {
          if (isCancellation(error)) return;
          this.counts.failed += 1;
          control.failed(whatFailed(error));
        },
      )
      .finally(() => {
        this.#open -= 1;
        this.#inFlight.delete(image.id);
        this.onChange();
      });
    this.onChange();
  }

  /** Resolves when every image has ended. */
  async finish(): Promise<void> {
    await this.drain();
    this.#endIfFatal();
  }

  #endIfFatal(): void {
    const { fatal } = this.#control;
    if (fatal !== undefined) throw asFailure(fatal);
  }

  /** Resolves when every image has ended. */
  async drain(): Promise<void> {
    await condition(() => this.#open === 0);
  }

  /** Resolves as well when the image was deleted meanwhile: there is nothing to do with it. */
  async #process(image: ImageInScope): Promise<void> {
    const run = CancellationScope.current();
    try {
      await this.#work(image);
    } catch (error) {
      if (run.consideredCancelled && isCancellation(error)) throw error;
      const found = whatFailed(error);
      if (found.kind === 'ImageNotFound' || (await this.#isGone(image.id, found))) return;
      throw asFailure(found);
    }
  }

  /** By a child of this run, or with whoever works on it already. */
  async #work({ id: imageId, ownerId, fileName }: ImageInScope): Promise<void> {
    const request = this.#request;
    try {
      const child = await startChild(processImage, {
        args: [{ imageId, request }],
        workflowId: imageWorkflowId(imageId),
        // A terminated run asks its children to stop; they tidy up, which a termination would skip.
        parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
        cancellationType: ChildWorkflowCancellationType.WAIT_CANCELLATION_COMPLETED,
        ...(fileName !== undefined && { staticSummary: fileLabel(fileName) }),
        priority: { priorityKey: PRIORITY.backfill, fairnessKey: fairnessKey(ownerId) },
        typedSearchAttributes: [
          { key: SEARCH_ATTRIBUTES.image, value: imageId },
          { key: SEARCH_ATTRIBUTES.owner, value: ownerId },
        ],
      });
      await child.result();
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
      const summary = `join the work on ${fileLabel(fileName ?? imageId)}`;
      const { joinImage } = proxyActivities<Activities>({ ...POLICIES.join, summary });
      if (this.#joinedTakeNoRoom && this.#inFlight.delete(imageId)) this.onChange();
      await joinImage({ imageId, request });
    }
  }

  /** An image that fails files that itself; one that was terminated or cancelled could not. */
  async #isGone(imageId: string, { kind, message }: WhatFailed): Promise<boolean> {
    if (kind !== 'WorkflowStopped') return false;
    const { runId, steps = STEPS } = this.#request;
    const [first = 'variants', ...rest] = steps;
    const summary = `${stepLabel('recordFailure')}: ${kind}`;
    const { recordFailure } = catalogActivities(summary);
    const failure = { imageId, steps: [first, ...rest] as [Step, ...Step[]], kind, message, runId };
    const { gone } = await recordFailure(failure);
    return gone;
  }
}
