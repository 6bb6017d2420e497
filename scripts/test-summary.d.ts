/** The last line of `npm test` and its exit code. @param report of vitest's JSON reporter. */
export function summarise(
  report: unknown,
  exitCode: number | null,
): { line: string; exitCode: number };
