import type { EventType } from '../domain/events.js';

/** One event as an endpoint gets it. */
export interface OutgoingEvent {
  /** The same at every attempt, so that whoever gets it twice can tell. */
  id: string;
  type: EventType;
  /** When it happened. */
  at: Date;
  data: Record<string, unknown>;
}

export interface Recipient {
  url: string;
  /** `whsec_` and base64. */
  secret: string;
}

/** What a recipient answered; only 2xx means that it has the event. */
export interface Answer {
  status: number;
  /** How long it wants to be left alone. */
  retryAfterMs?: number;
}

/** Hands events to whoever wants to be told of them. */
export interface Notifier {
  /**
   * Once; trying again is the caller's.
   * @throws DarkroomError `SourceUnavailable` when nobody answers in time, `AddressNotAllowed`; the
   *   signal's reason
   */
  send(event: OutgoingEvent, to: Recipient, options: { signal: AbortSignal }): Promise<Answer>;
}
