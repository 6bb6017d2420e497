import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import {
  ChildWorkflowCancellationType,
  ParentClosePolicy,
  condition,
  isCancellation,
  proxyActivities,
  startChild,
} from '@temporalio/workflow';
import type { Activities } from '../activities/index.js';
import { fileLabel } from '../domain/file-label.js';
import { imageWorkflowId } from '../domain/ids.js';
import { STEPS, type ImageInScope } from '../domain/image.js';
import type { ProcessRequest } from '../domain/process-request.js';
import { stepLabel } from '../domain/step-labels.js';
import type { RunCounts } from '../domain/runs.js';
import { POLICIES, PRIORITY } from './policies.js';
import { processImage } from './process-image.js';
import type { RunControl } from './run-control.js';
import { SEARCH_ATTRIBUTES } from './search-attributes.js';
import { asFailure, whatFailed } from './step-failure.js';

/** The images of a run that are being processed now, never more than its control allows. */
export class ImageWindow {
  readonly counts: RunCounts;
  inFlight = 0;
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
  }

  /** Resolves once the image has found room and is being processed. */
  async add(image: ImageInScope): Promise<void> {
    const control = this.#control;
    await condition(() => control.fatal !== undefined || control.roomFor(this.inFlight));
    this.#endIfFatal();
    this.inFlight += 1;
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
        this.inFlight -= 1;
        this.onChange();
      });
    this.onChange();
  }

  /** Resolves when nothing is in flight. */
  async finish(): Promise<void> {
    await this.drain();
    this.#endIfFatal();
  }

  #endIfFatal(): void {
    const { fatal } = this.#control;
    if (fatal !== undefined) throw asFailure(fatal);
  }

  /** Resolves when nothing is in flight. */
  async drain(): Promise<void> {
    await condition(() => this.inFlight === 0);
  }

  async #process({ id: imageId, ownerId, fileName }: ImageInScope): Promise<void> {
    const request = this.#request;
    try {
      const child = await startChild(processImage, {
        args: [{ imageId, request }],
        workflowId: imageWorkflowId(imageId),
        // A terminated run asks its children to stop; they tidy up, which a termination would skip.
        parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
        cancellationType: ChildWorkflowCancellationType.WAIT_CANCELLATION_COMPLETED,
        ...(fileName !== undefined && { staticSummary: fileLabel(fileName) }),
        priority: { priorityKey: PRIORITY.backfill, fairnessKey: ownerId.slice(0, 60) },
        typedSearchAttributes: [
          { key: SEARCH_ATTRIBUTES.image, value: imageId },
          { key: SEARCH_ATTRIBUTES.owner, value: ownerId },
        ],
      });
      await child.result();
    } catch (error) {
      if (error instanceof WorkflowExecutionAlreadyStartedError) {
        const summary = `join the work on ${fileLabel(fileName ?? imageId)}`;
        const { joinImage } = proxyActivities<Activities>({ ...POLICIES.join, summary });
        return joinImage({ imageId, request });
      }
      if (!isCancellation(error)) await this.#explain(imageId, error);
      throw error;
    }
  }

  /** An image that fails files that itself; one that was terminated or cancelled could not. */
  async #explain(imageId: string, error: unknown): Promise<void> {
    const { kind, message } = whatFailed(error);
    if (kind !== 'WorkflowStopped') return;
    const { runId, steps = STEPS } = this.#request;
    const [first = 'variants', ...rest] = steps;
    const summary = `${stepLabel('recordFailure')}: ${kind}`;
    const { recordFailure } = proxyActivities<Activities>({ ...POLICIES.catalog, summary });
    await recordFailure({ imageId, steps: [first, ...rest], kind, message, runId });
  }
}
