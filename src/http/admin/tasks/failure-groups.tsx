import type { FailureGroup } from '../../../client.js';
import { counted, number } from '../../../domain/counted.js';
import { failureOf, knownKind } from '../../../domain/failures.js';
import { formTo } from '../act.js';
import { Moment } from '../moment.js';
import { Thumb } from '../thumb.js';
import type { FailedIn } from './tasks-state.js';

/** Thumbnails that fit into one line of a phone. */
const FIRST = 5;

/** Failures of a run by kind: what it means, which images, and another try. */
export function FailureGroups({ failed, idle }: { failed: FailedIn; idle: boolean }) {
  const { groups } = failed;
  if (groups.length === 0) return <></>;
  return (
    <section class="failures">
      <h2>
        Failures of the run of <Moment at={failed.run.startedAt} />
      </h2>
      {groups.map((group) => (
        <Group group={group} failed={failed} idle={idle} />
      ))}
    </section>
  );
}

function Group(props: { group: FailureGroup; failed: FailedIn; idle: boolean }) {
  const { group, failed, idle } = props;
  const { kind, says, count, examples } = group;
  return (
    <article class="failure" aria-labelledby={`failure-${kind}`}>
      <div class="says">
        <h3 id={`failure-${kind}`}>
          <svg class="mark-failed" width="10" height="10" viewBox="0 0 10 10" aria-hidden="true">
            <path d="M5 0.5 L9.8 9.5 H0.2 Z" />
          </svg>
          {says}
        </h3>
        <p class="quiet">
          {counted(count, 'image')}, {kind}. {advice(kind)}
        </p>
      </div>
      <ul class="first">
        {examples.slice(0, FIRST).map(({ imageId, fileName, step }) => (
          <li>
            <a id={`first-${kind}-${step}-${imageId}`} href={`/admin/images/${imageId}`}>
              {failed.views.get(imageId)?.placeholderDataUrl !== undefined && (
                <Thumb {...viewProp(failed, imageId)} />
              )}
              <span class="name">{fileName}</span>
            </a>
          </li>
        ))}
      </ul>
      <div class="retry">
        <form {...formTo('/admin/tasks/retry')}>
          <input type="hidden" name="runId" value={failed.run.id} />
          <input type="hidden" name="kind" value={kind} />
          <button id={`retry-${kind}`} disabled={!idle}>
            {count === 1 ? 'Retry this one' : `Retry these ${number(count)}`}
          </button>
        </form>
        {!idle && <span class="quiet">once this run has ended</span>}
      </div>
      <Details {...props} />
    </article>
  );
}

function Details({ group: { kind, count, examples } }: { group: FailureGroup }) {
  return (
    <details id={`show-${kind}`}>
      <summary id={`summary-${kind}`}>Show</summary>
      <ul class="reasons">
        {examples.map(({ imageId, fileName, step, message, at }) => (
          <li>
            <a id={`reason-${kind}-${step}-${imageId}`} href={`/admin/images/${imageId}`}>
              {fileName}
            </a>
            <span>{message}</span>
            <span class="quiet">
              {step}, <Moment at={at} />
            </span>
          </li>
        ))}
      </ul>
      {count > examples.length && (
        <p class="quiet">
          The first {examples.length};{' '}
          <a id={`all-${kind}`} href="/admin/images?status=failed">
            all failed images
          </a>
          .
        </p>
      )}
    </details>
  );
}

function viewProp({ views }: FailedIn, imageId: string) {
  const view = views.get(imageId);
  return view === undefined ? {} : { view };
}

function advice(kind: string): string {
  const { fault, quarantine, retry, defer } = failureOf(knownKind(kind));
  switch (fault) {
    case 'image':
      return quarantine
        ? 'Set aside: mend the file, then retry; the same bytes fail again.'
        : 'Look at the original, then try again.';
    case 'provider':
      if (kind === 'ProviderNotConfigured') return 'Configure it, then try again.';
      if (retry) return 'Trying again later may be enough.';
      return defer === true
        ? 'The step is left for later; see what is wrong with the provider in Settings.'
        : 'The same is refused again: look at the picture; another model may take it.';
    case 'infrastructure':
      return 'See the states at the foot of the menu; try again when all are up.';
    case 'request':
      return 'Try again when nobody stops it.';
  }
}
