import { failureOf, knownKind } from './failures.js';

/**
 * A failure as Temporal keeps and shows it: the words for people and the kind in front, because its
 * Web UI shows the beginning of the message and nothing else; what was found beside it.
 */
export function keptFailure(kind: string, found: string) {
  const { says } = failureOf(knownKind(kind));
  const message = found === says ? `${says} (${kind})` : `${says} (${kind}) ${found}`;
  return { type: kind, message, details: [found] };
}

interface KeptFailure {
  message: string;
  details?: unknown[] | null | undefined;
}

/** What was found, of a kept failure; one from elsewhere says it in its message. */
export function foundIn({ message, details }: KeptFailure): string {
  const [found] = details ?? [];
  return typeof found === 'string' ? found : message;
}
