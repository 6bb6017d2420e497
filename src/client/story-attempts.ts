import { defaultPayloadConverter, fromPayloadsAtIndex } from '@temporalio/common';
import { optionalTsToDate } from '@temporalio/common/lib/time.js';
import proto, { type temporal } from '@temporalio/proto';
import type { Tier } from '../domain/recipe.js';
import { stepLabel, tierLabel } from '../domain/step-labels.js';
import type { StoryAttempt } from './story.js';
import { failureIn } from './story-failure.js';

type HistoryEvent = temporal.api.history.v1.IHistoryEvent;
type Pending = temporal.api.workflow.v1.IPendingActivityInfo;
type Scheduled = temporal.api.history.v1.IActivityTaskScheduledEventAttributes;

/** The events of one activity. Temporal writes down only the last of its tries. */
interface ActivityEvents {
  scheduled: Scheduled;
  scheduledAt: Date | undefined;
  started?: HistoryEvent;
  ended?: HistoryEvent;
}

/** Every try of every activity, as far as history and server tell. */
export function attemptsIn(
  events: HistoryEvent[],
  { pending, closed }: { pending: Pending[]; closed: boolean },
): StoryAttempt[] {
  return activitiesIn(events).flatMap((activity) => {
    const inFlight = pending.find(({ activityId }) => activityId === activity.scheduled.activityId);
    const { step, label } = named(activity.scheduled);
    const last = activity.ended === undefined ? openTry(activity, inFlight) : lastTry(activity);
    // The server keeps what was in flight when its workflow was terminated.
    if (activity.ended === undefined && closed) last.outcome = 'cancelled';
    return [...earlierTries(activity, inFlight, last.attempt), last].map((attempt) => ({
      ...{ step, label },
      ...known(attempt),
    }));
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

type Try = {
  [K in keyof Omit<StoryAttempt, 'step' | 'label'>]: StoryAttempt[K] | undefined;
} & Pick<StoryAttempt, 'attempt' | 'outcome'>;

function known(attempt: Try): Omit<StoryAttempt, 'step' | 'label'> {
  const entries = Object.entries(attempt).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as Omit<StoryAttempt, 'step' | 'label'>;
}

function lastTry({ scheduledAt, started, ended }: ActivityEvents): Try {
  const start = started?.activityTaskStartedEventAttributes;
  const attempt = start?.attempt || 1;
  return {
    attempt,
    scheduledAt: attempt === 1 ? scheduledAt : undefined,
    startedAt: optionalTsToDate(started?.eventTime),
    endedAt: optionalTsToDate(ended?.eventTime),
    worker: start?.identity || undefined,
    ...(ended && outcomeOf(ended)),
    outcome: ended ? outcomeOf(ended).outcome : 'running',
  };
}

function outcomeOf(ended: HistoryEvent): Pick<StoryAttempt, 'outcome' | 'failure'> {
  if (ended.activityTaskCompletedEventAttributes != null) return { outcome: 'done' };
  const failed =
    ended.activityTaskFailedEventAttributes ?? ended.activityTaskTimedOutEventAttributes;
  if (failed == null) return { outcome: 'cancelled' };
  return { outcome: 'failed', ...(failed.failure && { failure: failureIn(failed.failure) }) };
}

/** Running, or waiting for a worker or for its next try. */
function openTry({ scheduledAt }: ActivityEvents, pending: Pending | undefined): Try {
  if (pending === undefined) return { attempt: 1, scheduledAt, outcome: 'waiting' };
  const attempt = pending.attempt || 1;
  const due = optionalTsToDate(pending.nextAttemptScheduleTime ?? pending.scheduledTime);
  if (isWaiting(pending)) return { attempt, scheduledAt: due ?? scheduledAt, outcome: 'waiting' };
  return {
    attempt,
    scheduledAt: optionalTsToDate(pending.scheduledTime) ?? scheduledAt,
    startedAt: optionalTsToDate(pending.lastStartedTime),
    worker: pending.lastWorkerIdentity || undefined,
    outcome: 'running',
  };
}

function isWaiting({ state }: Pending): boolean {
  const { PENDING_ACTIVITY_STATE_SCHEDULED } = proto.temporal.api.enums.v1.PendingActivityState;
  return state === PENDING_ACTIVITY_STATE_SCHEDULED;
}

/** The tries before the last: that they failed is known of all, why only of the newest of them. */
function earlierTries(
  { scheduledAt, started }: ActivityEvents,
  pending: Pending | undefined,
  last: number,
): Try[] {
  const failure =
    started?.activityTaskStartedEventAttributes?.lastFailure ?? pending?.lastFailure ?? undefined;
  return Array.from({ length: last - 1 }, (_, index) => {
    const attempt = index + 1;
    const newest = attempt === last - 1;
    // While the next try waits, the server still says who made this one.
    const made = newest && pending !== undefined && isWaiting(pending) ? pending : undefined;
    return {
      attempt,
      scheduledAt: attempt === 1 ? scheduledAt : undefined,
      endedAt: newest ? optionalTsToDate(pending?.lastAttemptCompleteTime) : undefined,
      worker: made?.lastWorkerIdentity || undefined,
      outcome: 'failed',
      failure: newest && failure ? failureIn(failure) : undefined,
    };
  });
}
