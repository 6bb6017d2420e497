import { counted, number } from '../domain/counted.js';
import {
  duration,
  etaSeconds,
  ratePerSecond,
  standing,
  type Progress,
} from '../domain/progress.js';

/** Every line of a command goes through here, so that `--json` prints nothing but JSON. */
export interface Print {
  readonly json: boolean;
  /** For people; nothing with `--json`. */
  line(text: string): void;
  /** The result: one JSON line with `--json`, otherwise the words. */
  result(value: unknown, words: () => string): void;
}

export function openPrint({ json = false }: { json?: boolean }): Print {
  const out = (text: string) => void process.stdout.write(`${text}\n`);
  return {
    json,
    line: (text) => (json ? undefined : out(text)),
    result: (value, words) => out(json ? JSON.stringify(value) : words()),
  };
}

/** Columns as wide as their widest cell. */
export function table(rows: (string | number)[][]): string {
  const widths = rows.reduce<number[]>(
    (widest, row) => row.map((cell, column) => Math.max(widest[column] ?? 0, String(cell).length)),
    [],
  );
  return rows
    .map((row) => row.map((cell, column) => String(cell).padEnd(widths[column] ?? 0)).join('  '))
    .map((line) => line.trimEnd())
    .join('\n');
}

export function bytes(count: number): string {
  if (count < 1_000_000) return `${Math.round(count / 1_000)} kB`;
  if (count < 1_000_000_000) return `${(count / 1_000_000).toFixed(1)} MB`;
  return `${(count / 1_000_000_000).toFixed(1)} GB`;
}

/**
 * `212 of 340 images, 3 failed, 2.1 images/s, about 1 min 2 s left`; of a run that stands still also
 * that and why: `paused: The disk is full.` comes first.
 */
export function sentence(progress: Progress): string {
  const { done, failed, total, status } = progress;
  const eta = etaSeconds(progress);
  const parts = [
    `${number(done + failed)} of ${counted(total, 'image')}`,
    ...(failed > 0 ? [`${failed} failed`] : []),
    `${ratePerSecond(progress).toFixed(1)} images/s`,
    ...(status === 'running' && eta !== undefined ? [`about ${duration(eta)} left`] : []),
  ];
  const stands = status === 'paused' ? `${standing(progress)} - ` : '';
  return stands + parts.join(', ');
}
