import { z } from 'zod';
import { DarkroomError } from '../domain/failures.js';
import type { Prediction } from './generation.js';
import { kindOfFailed, spokenJson, type Plain } from './replicate-failures.js';

/** What Replicate says of a prediction, as far as we read it. Only its id and status must be there. */
const WIRE = z.object({
  id: z.string().min(1),
  status: z.string(),
  model: z.string().nullish().catch(undefined),
  version: z.string().nullish().catch(undefined),
  input: z.record(z.string(), z.unknown()).nullish().catch(undefined),
  output: z.unknown().optional(),
  error: z.unknown().optional(),
  logs: z.string().nullish().catch(undefined),
  data_removed: z.boolean().nullish().catch(undefined),
  created_at: z.string().nullish().catch(undefined),
  metrics: z.object({ predict_time: z.number().nullish() }).nullish().catch(undefined),
  webhook: z.string().nullish().catch(undefined),
});
export type WirePrediction = z.infer<typeof WIRE>;

const PAGE = z.object({ results: z.array(WIRE), next: z.string().nullish() });
export type WirePage = z.infer<typeof PAGE>;

/** `undefined` when it is none. */
export function wirePrediction(json: unknown): WirePrediction | undefined {
  return WIRE.safeParse(json).data;
}

/** @throws DarkroomError `ProviderAnswerInvalid` */
export function wirePage(json: unknown): WirePage {
  const { data } = PAGE.safeParse(json);
  if (data !== undefined) return data;
  throw new DarkroomError('ProviderAnswerInvalid', 'The answer is no list of predictions.');
}

/** A prediction in our words. A state that nobody knows yet is taken for one on the way to another. */
export function predictionOf(wire: WirePrediction, plain: Plain): Prediction {
  const { id, status, logs, metrics } = wire;
  const predictSeconds = metrics?.predict_time ?? undefined;
  const progress = progressIn(logs ?? '');
  const usage = predictSeconds === undefined ? {} : { usage: { predictSeconds } };
  switch (status) {
    case 'starting':
      return { id, state: 'waiting', outputs: [] };
    case 'succeeded':
      return { ...ended(wire), ...usage };
    case 'failed': {
      const said = errorIn(wire);
      const message = plain(said) || 'It failed without saying why.';
      const failure = { kind: kindOfFailed(said), message };
      return { id, state: 'failed', outputs: [], failure, ...usage };
    }
    case 'canceled':
    case 'aborted':
      return { id, state: 'cancelled', outputs: [], ...usage };
    default:
      return { id, state: 'running', ...(progress !== undefined && { progress }), outputs: [] };
  }
}

function ended(wire: WirePrediction): Prediction {
  const { id, output, data_removed: removed } = wire;
  const outputs = addressesIn(output);
  if (outputs.length > 0) return { id, state: 'succeeded', progress: 100, outputs };
  // A model that finds its own picture indecent may return nothing, and say so in its log only.
  const said = `${errorIn(wire)} ${wire.logs ?? ''}`;
  const rejected = kindOfFailed(said) === 'ContentRejected';
  const failure = removed
    ? ({ kind: 'ResultExpired', message: 'Replicate has removed the picture.' } as const)
    : ({
        kind: rejected ? 'ContentRejected' : 'PredictionFailed',
        message: 'It succeeded without a picture.',
      } as const);
  return { id, state: 'failed', outputs: [], failure };
}

/** A string, a list, or an object of addresses, however models like it. */
function addressesIn(output: unknown): string[] {
  if (typeof output === 'string') return /^(https?:\/\/|data:)/i.test(output) ? [output] : [];
  if (typeof output !== 'object' || output === null) return [];
  return Object.values(output).flatMap(addressesIn);
}

function errorIn({ error }: WirePrediction): string {
  if (error === undefined || error === null) return '';
  return typeof error === 'string' ? error : spokenJson(error);
}

/** Models log their steps as `tqdm` does: ` 40%|████      | 20/50 [00:05<00:07]`. The last one counts. */
function progressIn(logs: string): number | undefined {
  const percents = [...logs.matchAll(/(\d{1,3})%\|/g)].map(([, percent]) => Number(percent));
  const last = percents.at(-1);
  return last === undefined ? undefined : Math.min(100, last);
}
