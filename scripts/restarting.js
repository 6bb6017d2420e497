/**
 * A program that is started again on demand, one at a time whatever is asked for and when.
 * @param {() => import('node:child_process').ChildProcess} start
 */
export function restarting(start) {
  let child;
  let again = false;
  let stopping = false;
  let ended = Promise.resolve();

  function begin() {
    again = false;
    child = start();
    ended = new Promise((resolve) => {
      child.once('exit', () => {
        child = undefined;
        // However often it was asked for while this one stopped.
        if (again && !stopping) begin();
        resolve();
      });
    });
  }

  begin();
  return {
    /** Stops what runs, as SIGTERM does, and starts it when that has ended; at once when it has. */
    restart() {
      if (stopping) return;
      if (child === undefined) return begin();
      again = true;
      child.kill('SIGTERM');
    },
    /** Resolves when nothing runs any more, and nothing starts again. */
    stop() {
      stopping = true;
      child?.kill('SIGTERM');
      return ended;
    },
  };
}
