import { setHandler } from '@temporalio/workflow';
import { BRAKE_AFTER, brakeAfter, type Brake } from '../domain/brake.js';
import { pauseSignal, resumeSignal, setConcurrencySignal } from './messages.js';
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
      if (concurrency >= 1) this.#state.concurrency = Math.floor(concurrency);
    });
  }

  get state(): Readonly<ControlState> {
    return this.#state;
  }

  /** Why the run has to end, if it has to. */
  get fatal(): WhatFailed | undefined {
    return this.#fatal;
  }

  /** Whether one more image may be started beside so many. */
  roomFor(inFlight: number): boolean {
    return !this.#state.paused && inFlight < this.#state.concurrency;
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
