import { defaultPayloadConverter, fromPayloadsAtIndex } from '@temporalio/common';
import { optionalTsToDate } from '@temporalio/common/lib/time.js';
import proto, { type temporal } from '@temporalio/proto';
import { defined } from '../domain/defined.js';
import type { Tier } from '../domain/recipe.js';
import { stepLabel, tierLabel } from '../domain/step-labels.js';
import type { StoryAttempt } from './story.js';
import { failureIn } from './story-failure.js';

type HistoryEvent = temporal.api.history.v1.IHistoryEvent;
type Pending = temporal.api.workflow.v1.IPendingActivityInfo;
type Scheduled = temporal.api.history.v1.IActivityTaskScheduledEventAttributes;

const { PENDING_ACTIVITY_STATE_SCHEDULED } = proto.temporal.api.enums.v1.PendingActivityState;

/** One activity, as far as Temporal tells: of its attempts the newest, and a little of the one before. */
export interface ActivityRecord {
  /** Type of the activity. */
  step: string;
  /** In people's words: `original`, `tier 640`, `description`. */
  label: string;
  scheduledAt?: Date;
  newest: NewestAttempt;
  before: AttemptBefore;
}

type NewestAttempt = Omit<StoryAttempt, 'step' | 'label'>;

/** It has failed; more than this is forgotten when the next one begins. */
type AttemptBefore = Pick<NewestAttempt, 'endedAt' | 'worker' | 'failure'>;

/** The events of one activity. Temporal writes down only the last of its attempts. */
interface ActivityEvents {
  scheduled: Scheduled;
  scheduledAt: Date | undefined;
  started?: HistoryEvent;
  ended?: HistoryEvent;
}

/** Every activity of a history, in the order in which they were asked for. */
export function activityRecords(
  events: HistoryEvent[],
  { pending, closed }: { pending: Pending[]; closed: boolean },
): ActivityRecord[] {
  return activitiesIn(events).map((activity) => {
    const { scheduled, scheduledAt, ended } = activity;
    const inFlight = pending.find(({ activityId }) => activityId === scheduled.activityId);
    const newest = ended === undefined ? openAttempt(inFlight) : endedAttempt(activity, ended);
    // The server keeps what was in flight when its workflow was terminated.
    const outcome = ended === undefined && closed ? 'cancelled' : newest.outcome;
    return {
      ...named(scheduled),
      ...defined({ scheduledAt }),
      newest: { ...newest, outcome },
      before: attemptBefore(activity, inFlight),
    };
  });
}

function activitiesIn(events: HistoryEvent[]): ActivityEvents[] {
  const activities = new Map<string, ActivityEvents>();
  for (const event of events) {
    const scheduled = event.activityTaskScheduledEventAttributes;
    if (scheduled != null) {
      const scheduledAt = optionalTsToDate(event.eventTime);
      activities.set(String(event.eventId), { scheduled, scheduledAt });
      continue;
    }
    const started = event.activityTaskStartedEventAttributes;
    const ended = endOf(event);
    const activity = activities.get(String((started ?? ended)?.scheduledEventId));
    if (activity !== undefined) activity[started == null ? 'ended' : 'started'] = event;
  }
  return [...activities.values()];
}

function endOf(event: HistoryEvent) {
  return (
    event.activityTaskCompletedEventAttributes ??
    event.activityTaskFailedEventAttributes ??
    event.activityTaskTimedOutEventAttributes ??
    event.activityTaskCanceledEventAttributes
  );
}

function named({ activityType, input }: Scheduled): { step: string; label: string } {
  const step = activityType?.name ?? '';
  if (step !== 'renderTier') return { step, label: stepLabel(step) };
  const asked = fromPayloadsAtIndex<{ tier: Tier }>(defaultPayloadConverter, 0, input?.payloads);
  return { step, label: tierLabel(asked.tier.widthPx) };
}

function endedAttempt({ started }: ActivityEvents, ended: HistoryEvent): NewestAttempt {
  const start = started?.activityTaskStartedEventAttributes;
  return {
    attempt: start?.attempt || 1,
    ...outcomeOf(ended),
    ...defined({
      startedAt: optionalTsToDate(started?.eventTime),
      endedAt: optionalTsToDate(ended.eventTime),
      worker: start?.identity || undefined,
    }),
  };
}

function outcomeOf(ended: HistoryEvent): Pick<NewestAttempt, 'outcome' | 'failure'> {
  if (ended.activityTaskCompletedEventAttributes != null) return { outcome: 'done' };
  const failed =
    ended.activityTaskFailedEventAttributes ?? ended.activityTaskTimedOutEventAttributes;
  if (failed == null) return { outcome: 'cancelled' };
  return { outcome: 'failed', ...(failed.failure && { failure: failureIn(failed.failure) }) };
}

/** Running, or waiting for a worker or for its next attempt. */
function openAttempt(pending: Pending | undefined): NewestAttempt {
  if (pending === undefined) return { attempt: 1, outcome: 'waiting' };
  const attempt = pending.attempt || 1;
  if (isWaiting(pending)) {
    const due = optionalTsToDate(pending.nextAttemptScheduleTime ?? pending.scheduledTime);
    return { attempt, outcome: 'waiting', ...defined({ scheduledAt: due }) };
  }
  return {
    attempt,
    outcome: 'running',
    ...defined({
      scheduledAt: optionalTsToDate(pending.scheduledTime),
      startedAt: optionalTsToDate(pending.lastStartedTime),
      worker: pending.lastWorkerIdentity || undefined,
    }),
  };
}

function isWaiting({ state }: Pending): boolean {
  return state === PENDING_ACTIVITY_STATE_SCHEDULED;
}

function attemptBefore({ started }: ActivityEvents, pending: Pending | undefined): AttemptBefore {
  const failure =
    started?.activityTaskStartedEventAttributes?.lastFailure ?? pending?.lastFailure ?? undefined;
  // While the next attempt waits, the server still says who made this one.
  const worker = pending && isWaiting(pending) ? pending.lastWorkerIdentity : undefined;
  return defined({
    endedAt: optionalTsToDate(pending?.lastAttemptCompleteTime),
    worker: worker || undefined,
    failure: failure && failureIn(failure),
  });
}
