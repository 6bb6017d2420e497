import type { ChaosResult } from './run.js';

/** The line that scripts read: counts by the names of the contract. */
export function resultJson(result: ChaosResult, seed: number): Record<string, unknown> {
  const { images, faults, verdict, seconds, noticedMs, clean } = result;
  return {
    images,
    faults,
    lost: verdict.lost.length,
    duplicated: verdict.duplicated.length,
    torn: verdict.torn.length,
    mismatched: verdict.mismatched.length,
    billedTwice: verdict.billedTwice.length,
    encodesOverNeeded: rounded(verdict.encodesOverNeeded),
    encodesBound: rounded(verdict.encodesBound),
    seconds,
    seed,
    noticedMs: { p50: quantile(noticedMs, 0.5), most: quantile(noticedMs, 1) },
    late: verdict.late.length,
    fallen: verdict.fallen.length,
    unforeseen: verdict.unforeseen.length,
    missed: verdict.missed,
    clean,
  };
}

/** The same for people, with every finding. */
export function resultText(result: ChaosResult, run: { seed: number; stack: string }): string {
  const { images, faults, verdict, seconds, noticedMs, clean, history } = result;
  const counted = [
    'lost',
    'duplicated',
    'torn',
    'mismatched',
    'billedTwice',
    'late',
    'fallen',
    'unforeseen',
  ] as const;
  const findings = counted.flatMap((name) => verdict[name].map((words) => `${name}: ${words}`));
  return [
    `chaos: ${images} images, seed ${run.seed}, ${run.stack} stack, ${seconds} s`,
    '',
    'faults that hit work in flight:',
    ...Object.entries(faults).map(([kind, count]) => `  ${kind.padEnd(26)} ${count}`),
    '',
    ...counted.map((name) => `${name.padEnd(28)} ${verdict[name].length}`),
    `encodes over needed          ${rounded(verdict.encodesOverNeeded)} (at most ${rounded(verdict.encodesBound)})`,
    `a dead worker is noticed     p50 ${quantile(noticedMs, 0.5)} ms, at most ${quantile(noticedMs, 1)} ms`,
    ...(findings.length > 0 ? ['', ...findings] : []),
    ...verdict.missed.map((words) => `missed: ${words}`),
    '',
    `${clean ? 'Nothing lost, nothing twice, nothing torn.' : 'Not clean.'} History: ${history}`,
  ].join('\n');
}

function rounded(value: number): number {
  return Number(value.toFixed(3));
}

function quantile(values: number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return Math.round(sorted[Math.ceil(sorted.length * share) - 1] ?? 0);
}
