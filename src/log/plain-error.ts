/**
 * An error as a line tells it: its name, kind and words and those of its causes. The stack only where
 * nobody has named the failure, because then it is a bug.
 */
export function plainError(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const kind = kindOf(error);
  return {
    name: error.name,
    ...(kind !== undefined && { kind }),
    message: error.message,
    ...((kind === undefined || kind === 'Unexpected') && { stack: error.stack }),
    ...(error.cause instanceof Error && { cause: plainError(error.cause) }),
  };
}

/** Of a DarkroomError, or of the ApplicationFailure that the failure boundary makes of one. */
function kindOf(error: Error): string | undefined {
  const { kind, type } = error as { kind?: unknown; type?: unknown };
  return [kind, type].find((name) => typeof name === 'string');
}
