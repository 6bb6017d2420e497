/** How a benchmark was called. */
export interface Options {
  /** Aborted by Ctrl-C and SIGTERM: servers that were started are ended. */
  signal: AbortSignal;
  photos?: string;
  full?: boolean;
}

/** What a benchmark found: rows for people, and the numbers that scripts read. */
export interface Report {
  title: string;
  columns: string[];
  rows: (string | number)[][];
  /** Ratios and counts by the names that `--json` promises. */
  results: Record<string, number>;
  notes?: string[];
}

export function reportText({ title, columns, rows, results, notes = [] }: Report): string {
  const cells = [columns, ...rows.map((row) => row.map(String))];
  const widths = columns.map((_, at) => Math.max(...cells.map((row) => row[at]?.length ?? 0)));
  const line = (row: string[]) =>
    row
      .map((cell, at) => (at === 0 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0)))
      .join('  ');
  return [
    title,
    '',
    ...cells.map(line),
    '',
    ...Object.entries(results).map(([name, value]) => `${name} = ${value}`),
    ...notes,
  ].join('\n');
}

export function rounded(value: number, digits = 2): number {
  return Number(value.toFixed(digits));
}

export function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const [low, high] = [sorted[Math.ceil(sorted.length / 2) - 1] ?? NaN, sorted[middle] ?? NaN];
  return (low + high) / 2;
}

/** The smallest value that so many of a hundred do not exceed. */
export function percentile(values: number[], percent: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.ceil((sorted.length * percent) / 100) - 1] ?? NaN;
}
