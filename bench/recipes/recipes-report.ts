import type { FormatSettings } from '../../src/domain/recipe.js';
import { rounded, type Report } from '../report.js';

/** One photograph at one tier, encoded by one contender. */
export interface Measured {
  name: string;
  settings: FormatSettings;
  widthPx: number;
  cpuMs: number;
  bytes: number;
  /** SSIMULACRA2. */
  score: number;
}

interface Row {
  name: string;
  settings: FormatSettings;
  widthPx: number;
  cpuMs: number;
  kb: number;
  score: number;
  worst: number;
}

export function recipesReport(
  measured: Measured[],
  { photos, painted }: { photos: number; painted: boolean },
): Report {
  const rows = rowsOf(measured);
  const find = (name: string, format: string, widthPx: number): Row => {
    const row = rows.find(
      (it) => it.name === name && it.settings.format === format && it.widthPx === widthPx,
    );
    if (row === undefined) throw new Error(`nothing was measured of ${name} ${format} ${widthPx}`);
    return row;
  };
  const widths = [...new Set(rows.map(({ widthPx }) => widthPx))];
  const formats = ['webp', 'avif'] as const;
  const every = (figure: (format: 'webp' | 'avif', widthPx: number) => number) =>
    formats.flatMap((format) => widths.map((width) => figure(format, width)));
  const score = (name: string, format: string, width: number) => find(name, format, width).score;
  const kb = (name: string) =>
    rows.filter((row) => row.name === name).reduce((sum, row) => sum + row.kb, 0);
  const least = (figures: number[]) => rounded(Math.min(...figures));
  const most = (figures: number[]) => rounded(Math.max(...figures));
  return {
    title: `recipes: ${photos} ${painted ? 'painted ' : ''}photographs, means`,
    columns: ['tier', 'recipe', 'settings', 'CPU ms', 'KB', 'SSIMULACRA2', 'worst'],
    rows: rows.map((row) => [
      row.widthPx,
      row.name,
      inWords(row.settings),
      row.cpuMs.toFixed(0),
      row.kb.toFixed(1),
      row.score.toFixed(2),
      row.worst.toFixed(1),
    ]),
    results: {
      balancedAboveWebp80: least(
        every((format, at) => score('balanced', format, at) - score('sharp', 'webp', at)),
      ),
      balancedAvifBytesOfWebp: most(
        widths.map((at) => find('balanced', 'avif', at).kb / find('balanced', 'webp', at).kb),
      ),
      highBelowAvif80: most(
        every((format, at) => score('sharp', 'avif', at) - score('high', format, at)),
      ),
      smallAboveBalanced: least(
        every((format, at) => score('small', format, at) - score('balanced', format, at)),
      ),
      smallBytesOfBalanced: rounded(kb('small') / kb('balanced')),
      cascadeLoss: most(
        every((format, at) => score('direct', format, at) - score('balanced', format, at)),
      ),
    },
    notes: painted ? ['Painted photographs: what they score says nothing about real ones.'] : [],
  };
}

function rowsOf(measured: Measured[]): Row[] {
  const groups = new Map<string, Measured[]>();
  for (const one of measured) {
    const key = `${one.widthPx} ${one.name} ${inWords(one.settings)}`;
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  return [...groups.values()]
    .flatMap(([first, ...others]) => (first === undefined ? [] : [meansOf([first, ...others])]))
    .sort((a, b) => a.widthPx - b.widthPx);
}

function meansOf(group: [Measured, ...Measured[]]): Row {
  const [{ name, settings, widthPx }] = group;
  const mean = (figure: (one: Measured) => number) =>
    group.reduce((sum, one) => sum + figure(one), 0) / group.length;
  return {
    ...{ name, settings, widthPx },
    cpuMs: mean(({ cpuMs }) => cpuMs),
    kb: mean(({ bytes }) => bytes / 1000),
    score: mean((one) => one.score),
    worst: Math.min(...group.map((one) => one.score)),
  };
}

function inWords(settings: FormatSettings): string {
  const chroma = 'chromaSubsampling' in settings ? ` ${settings.chromaSubsampling}` : '';
  const smart = 'smartSubsample' in settings && settings.smartSubsample ? ' smart' : '';
  return `${settings.format} ${settings.quality}/${settings.effort}${chroma}${smart}`;
}
