import { failureOf, isFailureKind } from './failures.js';

/** Failures in a row of one kind that no image can be blamed for. */
export interface Brake {
  kind: string;
  inARow: number;
}

/** So many in a row are no coincidence any more: what comes next would fail the same way. */
export const BRAKE_AFTER = 25;

/** The next state of the brake; a success is `undefined`. Broken files say nothing about the rest. */
export function brakeAfter(brake: Brake | undefined, kind: string | undefined): Brake | undefined {
  if (kind === undefined) return undefined;
  if (isFailureKind(kind) && failureOf(kind).quarantine) return brake;
  return { kind, inARow: brake?.kind === kind ? brake.inARow + 1 : 1 };
}
