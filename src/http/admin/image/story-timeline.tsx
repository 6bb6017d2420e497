import type { Story, StoryAttempt } from '../../../client.js';
import type { HttpDeps } from '../../http-deps.js';
import { Moment } from '../moment.js';
import { workflowUrl } from '../temporal-link.js';
import { spoken, took } from '../words.js';
import { num, ScrollTable } from '../table.js';

/** Every step and try on one line of time, with what each took and why it failed. */
export function StoryTimeline({ story, deps }: { story: Story; deps: HttpDeps }) {
  const { attempts, workflowId, runId, source } = story;
  const url = source === 'temporal' ? workflowUrl(deps, workflowId, runId) : undefined;
  const span = spanOf(story, Date.now());
  return (
    <section class="story">
      <h2 id="story">
        Story{' '}
        <span class="quiet">
          {spoken(story.status)}
          {story.startedAt !== undefined && (
            <>
              , <Moment at={story.startedAt} />
              {span !== undefined && `, ${took(span.toMs - span.fromMs)}`}
            </>
          )}
        </span>
        {url !== undefined && (
          <a class="aside-link" id="story-workflow" href={url}>
            Workflow in Temporal
          </a>
        )}
      </h2>
      {source === 'catalog' && (
        <p class="quiet">
          Temporal has forgotten how it went, or does not answer; this is what the catalog kept.
        </p>
      )}
      {attempts.length === 0 ? (
        <p class="quiet">Nothing has been done yet.</p>
      ) : (
        <ScrollTable
          id="story-table"
          labelledby="story"
          columns={['Step', { title: 'When', looks: 'wide' }, num('Took'), 'Outcome', 'Worker']}
        >
          {attempts.map((attempt) => (
            <Attempt attempt={attempt} span={span} />
          ))}
        </ScrollTable>
      )}
    </section>
  );
}

interface Span {
  fromMs: number;
  toMs: number;
}

/** From the first thing that happened to the last; nothing when no moment is known. */
function spanOf({ startedAt, endedAt, attempts, status }: Story, nowMs: number): Span | undefined {
  const moments = [
    startedAt,
    endedAt,
    ...attempts.flatMap((it) => [it.scheduledAt, it.startedAt, it.endedAt]),
    ...(status === 'running' ? [new Date(nowMs)] : []),
  ].flatMap((moment) => (moment === undefined ? [] : [moment.getTime()]));
  if (moments.length < 2) return undefined;
  return { fromMs: Math.min(...moments), toMs: Math.max(...moments) };
}

function Attempt({ attempt, span }: { attempt: StoryAttempt; span: Span | undefined }) {
  const { label, startedAt, endedAt, worker, outcome, failure } = attempt;
  const ms = startedAt && endedAt && endedAt.getTime() - startedAt.getTime();
  return (
    <>
      <tr class={outcome}>
        <th scope="row">
          {label}
          {attempt.attempt > 1 && <span class="quiet"> try {attempt.attempt}</span>}
        </th>
        <td class="wide">{span !== undefined && <Track attempt={attempt} span={span} />}</td>
        <td class="num">{ms === undefined ? '' : took(ms)}</td>
        <td>
          <span class={`state ${MOODS[outcome]}`}>{outcome}</span>
        </td>
        <td class="quiet">{worker ?? ''}</td>
      </tr>
      {failure !== undefined && (
        <tr class="why">
          <td colspan={5}>
            {failure.message} <span class="quiet">{failure.kind}</span>
          </td>
        </tr>
      )}
    </>
  );
}

const MOODS: Record<StoryAttempt['outcome'], string> = {
  done: 'good',
  failed: 'bad',
  running: 'active',
  cancelled: 'plain',
  waiting: 'plain',
};

/** Thin while it waited for a worker, thick while one worked on it. */
function Track({ attempt, span }: { attempt: StoryAttempt; span: Span }) {
  const { scheduledAt, startedAt, endedAt, outcome } = attempt;
  const whole = Math.max(1, span.toMs - span.fromMs);
  const at = (moment: Date) => ((moment.getTime() - span.fromMs) / whole) * 100;
  const until = endedAt ? at(endedAt) : outcome === 'running' || outcome === 'waiting' ? 100 : 0;
  const began = startedAt ? at(startedAt) : until;
  const asked = scheduledAt ? at(scheduledAt) : began;
  return (
    <svg width="100%" height="12" aria-hidden="true">
      <rect
        class="waited"
        x={`${asked}%`}
        y="5"
        width={`${Math.max(0, began - asked)}%`}
        height="2"
      />
      {startedAt !== undefined && (
        <rect
          class={`worked ${MOODS[outcome]}`}
          x={`${Math.min(began, 99.5)}%`}
          width={`${Math.max(0.5, until - began)}%`}
          height="12"
          rx="2"
        />
      )}
    </svg>
  );
}
