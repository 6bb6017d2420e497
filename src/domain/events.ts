/** What an endpoint can be told of. */
export const EVENT_TYPES = [
  /** Every step that was asked for is done. */
  'image.completed',
  /** It failed for good: no further try is made by itself. */
  'image.failed',
  'image.deleted',
  /** Its picture is an image, which is processed like any other. */
  'generation.completed',
  'generation.failed',
  /** A backfill ended, however it did. */
  'run.finished',
  /** The final failures of a while in one event, by kind. */
  'failures.grouped',
  /** Somebody wanted to see whether events arrive; every endpoint gets its own. */
  'endpoint.test',
] as const;
export type EventType = (typeof EVENT_TYPES)[number];

/** What endpoints may ask for. */
export type Subscription = Exclude<EventType, 'endpoint.test'>;
export const SUBSCRIPTIONS = EVENT_TYPES.filter((type) => type !== 'endpoint.test');

const ABOUT_AN_OWNER = [
  'image.completed',
  'image.failed',
  'image.deleted',
  'generation.completed',
  'generation.failed',
] as const;

/** What an endpoint gets when nothing is said: what is one owner's, and with that of all the runs. */
export const USUAL_EVENTS = {
  owner: ABOUT_AN_OWNER,
  allOwners: [...ABOUT_AN_OWNER, 'run.finished'],
  administrators: ['failures.grouped', 'run.finished'],
} as const satisfies Record<string, readonly Subscription[]>;

/** Of these an endpoint of one owner cannot be told: they are about everybody's images. */
export const ABOUT_ALL_OWNERS: readonly EventType[] = ['run.finished', 'failures.grouped'];

export function isSubscription(text: string): text is Subscription {
  return SUBSCRIPTIONS.some((known) => known === text);
}

/** `dead`: given up after the last try; it can be sent again. */
export const DELIVERY_STATES = ['pending', 'delivered', 'dead'] as const;
export type DeliveryState = (typeof DELIVERY_STATES)[number];
