// Loaded into the workers of a chaos run before anything else: faults that only happen inside of a
// process. The harness asks for them over the worker's IPC channel.

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

process.on('message', ({ fault, ms }) => {
  // As a synchronous call that waits for a disk that does not answer.
  if (fault === 'eventLoopBlock') Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
  if (fault === 'clockJump') aheadMs += ms;
});
// Listening alone would keep a worker alive that has stopped.
process.channel?.unref();
