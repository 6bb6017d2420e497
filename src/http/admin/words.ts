/** Numbers and times in the words of the pages. */

import { counted, number } from '../../domain/counted.js';

/** `640 B`, `83 KB`, `1.4 MB`, `2.0 GB`. */
export function size(bytes: number): string {
  if (bytes < 1_000) return `${Math.round(bytes)} B`;
  if (bytes < 1_000_000) return `${number(bytes / 1_000)} KB`;
  if (bytes < 1_000_000_000) return `${(bytes / 1_000_000).toFixed(1)} MB`;
  return `${(bytes / 1_000_000_000).toFixed(1)} GB`;
}

/** `about 40 seconds`, `about 4 minutes`, `about 2 hours`: as exact as an estimate deserves. */
export function about(seconds: number): string {
  if (seconds < 10) return 'a few seconds';
  if (seconds < 50) return `about ${Math.ceil(seconds / 10) * 10} seconds`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 90) return `about ${counted(Math.max(1, minutes), 'minute')}`;
  return `about ${counted(Math.round(minutes / 60), 'hour')}`;
}

/** `320 ms`, `4.1 s`, `2 min 5 s`. */
export function took(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1_000).toFixed(1)} s`;
  const minutes = Math.floor(ms / 60_000);
  if (minutes < 60) return `${minutes} min ${Math.floor((ms % 60_000) / 1_000)} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

export function percent(part: number, whole: number): number {
  return whole <= 0 ? 0 : Math.min(100, Math.floor((part / whole) * 100));
}

/** `succeeded_with_failures` as people say it. */
export function spoken(word: string): string {
  return word.replaceAll('_', ' ');
}
