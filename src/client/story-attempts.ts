import type { temporal } from '@temporalio/proto';
import { activityRecords, type ActivityRecord } from './activity-records.js';
import type { StoryAttempt } from './story.js';

/** Every attempt of every activity, as far as history and server tell. */
export function attemptsIn(
  events: temporal.api.history.v1.IHistoryEvent[],
  state: { pending: temporal.api.workflow.v1.IPendingActivityInfo[]; closed: boolean },
): StoryAttempt[] {
  return activityRecords(events, state).flatMap(attemptsOf);
}

function attemptsOf({ step, label, scheduledAt, newest, before }: ActivityRecord): StoryAttempt[] {
  return Array.from({ length: newest.attempt }, (_, index): StoryAttempt => {
    const attempt = index + 1;
    const of = { step, label, attempt, ...(attempt === 1 && scheduledAt && { scheduledAt }) };
    if (attempt === newest.attempt) return { ...of, ...newest };
    // That they failed is known of all, why only of the one before the newest.
    return { ...of, outcome: 'failed', ...(attempt === newest.attempt - 1 && before) };
  });
}
