import { counted } from '../../../domain/counted.js';
import type { GenerationView } from '../../../client.js';
import { took } from '../words.js';

export function sizeInWords({ width, height }: Pick<GenerationView, 'width' | 'height'>): string {
  return `${width} × ${height} px`;
}

/** What the provider charged, as far as it says: `4.0 s of replicate`, `$0.003`. */
export function usageInWords({
  usage,
  provider,
}: Pick<GenerationView, 'usage' | 'provider'>): string[] {
  if (usage === undefined) return [];
  const { predictSeconds, costUsd, predictions } = usage;
  return [
    ...(predictSeconds === undefined
      ? []
      : [`${took(predictSeconds * 1000)} of ${provider ?? 'the provider'}`]),
    ...(costUsd === undefined || costUsd === 0 ? [] : [`$${costUsd.toPrecision(2)}`]),
    ...(predictions > 1 ? [counted(predictions, 'prediction')] : []),
  ];
}
