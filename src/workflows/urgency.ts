import type { Priority } from '@temporalio/common';
import { CancellationScope, workflowInfo } from '@temporalio/workflow';
import { TASK_QUEUES } from '../domain/ids.js';
import { URGENT, USUAL_PRIORITY } from '../domain/priority.js';

/** For work that any worker may do. */
export interface Place {
  priority?: Priority;
  /** Of the queues for imaging. */
  imaging: { taskQueue: string };
}

type Work<T> = (place: Place) => Promise<T>;

/**
 * How far in front the work on an image is queued; 1 is first. It only rises: whoever waits for the
 * image now may meet one that a backfill has queued behind a thousand others.
 */
export class Urgency {
  #key = workflowInfo().priority?.priorityKey ?? USUAL_PRIORITY;
  #raised = raising();
  #isRaised = false;
  #overtaken: Promise<unknown>[] = [];

  raise(key: number | undefined): void {
    if (key === undefined || key >= this.#key) return;
    this.#key = key;
    this.#isRaised = true;
    this.#raised.resolve();
    this.#raised = raising();
  }

  /**
   * Does a piece of work. When the image becomes urgent meanwhile it is asked for once more, in front
   * of the others, because what is queued cannot be moved; whichever ends first counts. Work must be
   * safe to repeat, as that of activities is.
   */
  async run<T>(work: Work<T>): Promise<T> {
    const raised = this.#raised.promise;
    const usual = new CancellationScope();
    const asked = usual.run(() => work(this.#place()));
    let isOver = false;
    const overtaking = raised.then(() => (isOver ? asked : this.#overtake(usual, asked, work)));
    try {
      return await Promise.race([asked, overtaking]);
    } finally {
      isOver = true;
    }
  }

  async #overtake<T>(usual: CancellationScope, asked: Promise<T>, work: Work<T>): Promise<T> {
    const ahead = new CancellationScope();
    const again = ahead.run(() => this.run(work));
    this.#overtaken.push(asked, again);
    try {
      return await Promise.race([asked, again]);
    } finally {
      usual.cancel();
      ahead.cancel();
    }
  }

  /** Resolves when what was overtaken has stopped: nothing may be at work on an image that has ended. */
  async settled(): Promise<void> {
    await CancellationScope.nonCancellable(() => Promise.allSettled(this.#overtaken));
    this.#overtaken = [];
  }

  #place(): Place {
    const taskQueue = this.#key <= URGENT ? TASK_QUEUES.urgent : TASK_QUEUES.imaging;
    const priority = this.#isRaised && { priority: { priorityKey: this.#key } };
    return { ...priority, imaging: { taskQueue } };
  }
}

/** Not a Trigger: that would end with the cancellation of a scope, before the work in it has. */
function raising(): { promise: Promise<void>; resolve: () => void } {
  let resolve: () => void = () => undefined;
  const promise = new Promise<void>((settle) => (resolve = settle));
  return { promise, resolve };
}
