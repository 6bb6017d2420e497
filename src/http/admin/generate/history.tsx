import type { GenerationStatus } from '../../../domain/generation.js';
import { More } from '../more.js';
import { SaidBox } from '../said.js';
import { StateSelect } from '../state-select.js';
import { JobCard } from './job-card.js';
import { STATUS_WORDS } from './job-state.js';
import type { Job } from './jobs.js';

export interface HistoryProps {
  jobs: Job[];
  /** Id after which the next page begins; absent on the last. */
  next?: string;
  /** Only those that are in this state. */
  status?: GenerationStatus;
}

/** Everything that was asked for, the newest first. */
export function History(props: HistoryProps) {
  const { jobs, status } = props;
  return (
    <section class="history" aria-labelledby="history">
      <header class="head">
        <h2 id="history" tabindex={-1}>
          History
        </h2>
        <StateFilter {...props} />
      </header>
      <div id="found">
        <ul class="jobs" id="jobs" aria-labelledby="history">
          {jobs.map((job) => (
            <JobCard job={job} />
          ))}
        </ul>
        <p class="empty">
          {status === undefined
            ? 'No picture was asked for yet. Say what is to be seen, then press “Generate”.'
            : 'None is in this state now.'}
        </p>
        <More href={nextPage(props)} list="jobs" />
      </div>
      <div
        id="live"
        hx-get="/admin/generate/cards"
        hx-trigger="poll"
        hx-include="#jobs"
        hx-swap="none"
      />
      <SaidBox />
    </section>
  );
}

function StateFilter({ status }: Pick<HistoryProps, 'status'>) {
  return (
    <form
      class="filter"
      action="/admin/generate"
      aria-label="Filter"
      autocomplete="off"
      hx-get="/admin/generate"
      hx-trigger="change, submit"
      hx-target="#found"
      hx-select="#found"
      hx-swap="outerHTML"
      hx-sync="this:replace"
      hx-push-url="true"
    >
      <StateSelect words={STATUS_WORDS} status={status} />
      <noscript>
        <button>Filter</button>
      </noscript>
    </form>
  );
}

function nextPage({ status, next }: HistoryProps): string | undefined {
  if (next === undefined) return undefined;
  const query = new URLSearchParams({ ...(status && { status }), after: next });
  return `/admin/generate?${query.toString()}`;
}
