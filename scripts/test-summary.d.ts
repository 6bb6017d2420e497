export interface Summary {
  counts: { passed: number; failed: number; skipped: number };
  line: string;
  exitCode: number;
}

/** The last line of `npm test` and its exit code. @param report of vitest's JSON reporter. */
export function summarise(report: unknown, exitCode: number | null): Summary;

/** The last line of several passes: their sum, failed when one of them failed or none ran. */
export function total(summaries: Summary[]): Summary;
