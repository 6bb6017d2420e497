// Loaded into the workers of a chaos run before anything else: faults that only happen inside of a
// process. The harness asks for them over the worker's IPC channel.

import { createRequire } from 'node:module';
import { isMainThread } from 'node:worker_threads';

const RealDate = Date;
let aheadMs = 0;

// A clock that somebody set: timers go on as before, as those of the kernel do.
globalThis.Date = new Proxy(RealDate, {
  construct: (target, args, newTarget) =>
    Reflect.construct(target, args.length === 0 ? [target.now() + aheadMs] : args, newTarget),
  apply: (target) => new target(target.now() + aheadMs).toString(),
  get: (target, name) =>
    name === 'now' ? () => target.now() + aheadMs : Reflect.get(target, name, target),
});

// The SDK keeps lines of the log back until they are a tenth of a second old by this clock, to put them in
// order: with a wrong one they would wait for hours, and be lost with the process.
if (isMainThread) {
  const require = createRequire(import.meta.url);
  const { NativeLogCollector } = require('@temporalio/worker/lib/runtime-logger.js');
  const { LogTimestamp } = require('@temporalio/worker/lib/logger.js');
  NativeLogCollector.prototype.appendOne = function appendOne(entry) {
    const { level, message, timestampNanos, meta } = entry;
    this.downstream.log(level, message, { [LogTimestamp]: timestampNanos, ...meta });
  };
}

process.on('message', ({ fault, ms }) => {
  // As a synchronous call that waits for a disk that does not answer.
  if (fault === 'eventLoopBlock') Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
  if (fault === 'clockJump') aheadMs += ms;
});
// Listening alone would keep a worker alive that has stopped.
process.channel?.unref();
