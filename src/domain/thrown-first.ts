/**
 * What went wrong at first, where the tidying up after it failed too: `await using` throws a
 * SuppressedError then, whose own words tell nothing. By its name, because Node 20 has no such class.
 */
export function thrownFirst(error: unknown): unknown {
  if (!(error instanceof Error) || error.name !== 'SuppressedError') return error;
  return thrownFirst((error as Error & { suppressed?: unknown }).suppressed);
}
