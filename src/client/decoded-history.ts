import type { PayloadCodec, ProtoFailure } from '@temporalio/common';
import { decodeFailure } from '@temporalio/common/lib/internal-non-workflow/index.js';
import type { temporal } from '@temporalio/proto';

type HistoryEvent = temporal.api.history.v1.IHistoryEvent;
type Pending = temporal.api.workflow.v1.IPendingActivityInfo;

/** Decodes, in place, what a story reads of them: what activities were asked for and what they failed with. */
export async function decodeInPlace(
  codecs: readonly PayloadCodec[],
  { events, pending }: { events: HistoryEvent[]; pending: Pending[] },
): Promise<void> {
  for (const event of events) {
    const input = event.activityTaskScheduledEventAttributes?.input;
    if (input?.payloads != null) {
      for (const codec of codecs.toReversed()) input.payloads = await codec.decode(input.payloads);
    }
    const started = event.activityTaskStartedEventAttributes;
    const failed =
      event.activityTaskFailedEventAttributes ?? event.activityTaskTimedOutEventAttributes;
    if (started?.lastFailure) started.lastFailure = await decoded(codecs, started.lastFailure);
    if (failed?.failure) failed.failure = await decoded(codecs, failed.failure);
  }
  for (const activity of pending) {
    if (activity.lastFailure) activity.lastFailure = await decoded(codecs, activity.lastFailure);
  }
}

function decoded(codecs: readonly PayloadCodec[], failure: ProtoFailure) {
  return decodeFailure([...codecs], failure);
}
