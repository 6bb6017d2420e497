import type { Progress } from '../../../domain/progress.js';
import { formTo } from '../act.js';

/** Every button has an id, so that it keeps the focus when it is shown anew. */
export function RunControls({ progress: { status, concurrency } }: { progress: Progress }) {
  const paused = status === 'paused';
  return (
    <div class="controls">
      {paused ? (
        <form {...formTo('/admin/tasks/resume')}>
          <button id="pause-or-resume">Resume</button>
        </form>
      ) : (
        <form {...formTo('/admin/tasks/pause')}>
          <button id="pause-or-resume">Pause</button>
        </form>
      )}
      <form {...formTo('/admin/tasks/concurrency')} class="stepper" aria-label="Concurrency">
        <span id="concurrency-label">Concurrency</span>
        <button
          id="fewer"
          name="concurrency"
          value={String(concurrency - 1)}
          disabled={concurrency <= 1}
          aria-label="Fewer images at once"
        >
          −
        </button>
        <output aria-labelledby="concurrency-label">{concurrency}</output>
        <button
          id="more"
          name="concurrency"
          value={String(concurrency + 1)}
          aria-label="More images at once"
        >
          +
        </button>
      </form>
      <form {...formTo('/admin/tasks/cancel')}>
        <button id="cancel">Cancel</button>
      </form>
    </div>
  );
}
