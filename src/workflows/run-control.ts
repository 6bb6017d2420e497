import { patched, setHandler } from '@temporalio/workflow';
import { BRAKE_AFTER, brakeAfter, type Brake } from '../domain/brake.js';
import { MAX_CONCURRENCY } from '../domain/check-run.js';
import { pauseSignal, resumeSignal, setConcurrencySignal } from './messages.js';
import { OPEN_CHILDREN } from './policies.js';
import type { WhatFailed } from './step-failure.js';

/** What people and the brake may change of a run while it goes; carried across continue-as-new. */
export interface ControlState {
  concurrency: number;
  paused: boolean;
  /** Why the run paused itself; absent when a person did. */
  because?: WhatFailed;
  brake?: Brake;
}

/** Failures after which no other image could fare better, so the run ends. */
const ENDS_THE_RUN = new Set(['StorageNotConfigured', 'StorageGone', 'NotMigrated']);

/** Listens to pause, resume and setConcurrency, and pauses by itself when everything fails. */
export class RunControl {
  readonly #state: ControlState;
  readonly #perInFlight = patched('more-open-children')
    ? OPEN_CHILDREN.perInFlight
    : OPEN_CHILDREN.earlier;
  #fatal: WhatFailed | undefined;

  constructor(state: ControlState) {
    this.#state = { ...state };
    setHandler(pauseSignal, () => {
      this.#state.paused = true;
      delete this.#state.because;
    });
    setHandler(resumeSignal, () => {
      this.#state.paused = false;
      delete this.#state.because;
      delete this.#state.brake;
    });
    setHandler(setConcurrencySignal, (concurrency) => {
      if (concurrency < 1 || !Number.isFinite(concurrency)) return;
      this.#state.concurrency = Math.min(Math.floor(concurrency), MAX_CONCURRENCY);
    });
  }

  get state(): Readonly<ControlState> {
    return this.#state;
  }

  /** Why the run has to end, if it has to. */
  get fatal(): WhatFailed | undefined {
    return this.#fatal;
  }

  /** Whether one more image may be started beside those in flight and those that are described. */
  roomBeside({ inFlight, describing }: { inFlight: number; describing: number }): boolean {
    const { paused, concurrency } = this.#state;
    const open = Math.max(
      concurrency,
      Math.min(concurrency * this.#perInFlight, OPEN_CHILDREN.atMost),
    );
    return !paused && inFlight < concurrency && inFlight + describing < open;
  }

  succeeded(): void {
    delete this.#state.brake;
  }

  failed(failure: WhatFailed): void {
    if (ENDS_THE_RUN.has(failure.kind)) this.#fatal = failure;
    const brake = brakeAfter(this.#state.brake, failure.kind);
    if (brake === undefined) return;
    this.#state.brake = brake;
    if (brake.inARow < BRAKE_AFTER || this.#state.paused) return;
    this.#state.paused = true;
    this.#state.because = failure;
  }
}
