import { number } from '../../../domain/counted.js';
import type { Progress } from '../../../domain/progress.js';
import { etaSeconds, underWay } from '../../../domain/progress.js';
import { about } from '../words.js';
import { rateInWords } from './truth.js';

/** One bar in three segments, and the same in words and numbers. */
export function RunBar({ progress }: { progress: Progress }) {
  const { done, failed, describing = 0, total, status } = progress;
  const inFlight = underWay(progress);
  const share = (part: number) => (total === 0 ? 0 : Math.min(100, (part / total) * 100));
  const [ready, broken, going] = [share(done), share(failed), share(inFlight)];
  const eta = etaSeconds(progress);
  return (
    <div class={`run ${status}`}>
      <svg class="bar" width="100%" height="12" aria-hidden="true">
        <rect class="bar-track" width="100%" height="12" rx="4" />
        <rect id="bar-ready" class="ready" width={`${ready}%`} height="12" />
        <rect id="bar-failed" class="failed" x={`${ready}%`} width={`${broken}%`} height="12" />
        <rect
          id="bar-going"
          class="going"
          x={`${ready + broken}%`}
          width={`${Math.min(going, 100 - ready - broken)}%`}
          height="12"
        />
      </svg>
      <dl class="numbers">
        <Counted mark="ready" label="ready" value={number(done)} />
        <Counted mark="failed" label="failed" value={number(failed)} />
        <Counted
          mark="going"
          label="in flight"
          value={number(inFlight)}
          {...(describing > 0 && { more: `${number(describing)} describing` })}
        />
        <Counted label="rate" value={rateInWords(progress)} />
        <Counted
          label="time left"
          value={status === 'paused' ? 'paused' : eta === undefined ? 'not known yet' : about(eta)}
        />
      </dl>
    </div>
  );
}

interface CountedProps {
  mark?: string;
  label: string;
  value: string;
  /** Part of the value, in words. */
  more?: string;
}

function Counted({ mark, label, value, more }: CountedProps) {
  return (
    <div>
      <dt>
        {mark !== undefined && <Mark of={mark} />}
        {label}
      </dt>
      <dd>
        {value}
        {more !== undefined && <span class="quiet"> {more}</span>}
      </dd>
    </div>
  );
}

/** A shape for every state, so that colour is never the only sign. */
function Mark({ of }: { of: string }) {
  return (
    <svg class={`mark-${of}`} width="10" height="10" viewBox="0 0 10 10" aria-hidden="true">
      {of === 'failed' ? (
        <path d="M5 0.5 L9.8 9.5 H0.2 Z" />
      ) : of === 'ready' ? (
        <rect width="10" height="10" rx="2" />
      ) : (
        <circle cx="5" cy="5" r="4.5" />
      )}
    </svg>
  );
}
