import { GENERATION_STATUSES, type GenerationStatus } from '../../../domain/generation.js';
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
        <More {...props} />
      </div>
      <div
        id="live"
        hx-get="/admin/generate/cards"
        hx-trigger="poll"
        hx-include="#jobs"
        hx-swap="none"
      />
      <p class="unseen" id="ended" role="status" />
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
      <label>
        State
        <select name="status" id="filter-status">
          <option value="">any</option>
          {GENERATION_STATUSES.map((it) => (
            <option value={it} selected={it === status}>
              {STATUS_WORDS[it]}
            </option>
          ))}
        </select>
      </label>
      <noscript>
        <button>Filter</button>
      </noscript>
    </form>
  );
}

/** A link that script makes bring the next page to the end of this one. */
function More({ status, next }: HistoryProps) {
  const query = new URLSearchParams({ ...(status && { status }), after: next ?? '' }).toString();
  const href = `/admin/generate?${query}`;
  return (
    <p class="more" id="more">
      {next !== undefined && (
        <a
          class="button"
          href={href}
          hx-get={href}
          hx-target="#jobs"
          hx-select="#jobs > li"
          hx-select-oob="#more"
          hx-swap="beforeend"
        >
          Load more
        </a>
      )}
    </p>
  );
}
