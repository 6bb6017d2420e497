import { withoutKeys } from '../net/provider-failures.js';
import type { GenerationProvider, PredictionOrder } from './generation.js';
import { readOutput, type OutputSettings } from './read-output.js';
import { openReplicateApi, type ReplicateEndpoint } from './replicate-api.js';
import { findPrediction, type FindSettings, type Marks } from './replicate-find.js';
import { imageInput, inputOf } from './replicate-input.js';
import { modelReference } from './replicate-models.js';
import { predictionOf, type WirePrediction } from './replicate-prediction.js';
import { replicateHookPath } from './replicate-webhook.js';
import { withoutPrompts } from './without-prompts.js';

export interface ReplicateSettings {
  endpoint: ReplicateEndpoint;
  /** For those who name none. */
  model: string;
  /** Where this Darkroom is reached; absent: no webhooks. */
  webhookBase?: string;
  outputs: OutputSettings;
  find?: FindSettings;
}

/** A connection that broke off may leave a request on its way. */
const USUAL_FIND: FindSettings = { settleMs: 5_000 };

/**
 * Pictures by Replicate's HTTP API. Why not its npm package: it repeats a create whose answer was lost,
 * each of which is paid for, and knows neither Retry-After nor `aborted` (docs/generation.md).
 */
export function openReplicate(settings: ReplicateSettings): GenerationProvider {
  const { endpoint, outputs, find = USUAL_FIND } = settings;
  const of = (order: PredictionOrder) => {
    const plain = (said: string) => withoutKeys(withoutPrompts(said, order), endpoint.token);
    const api = openReplicateApi(endpoint, plain);
    return { api, prediction: (wire: WirePrediction) => predictionOf(wire, plain) };
  };
  return {
    name: 'replicate',
    create: async (order, signal) => {
      signal.throwIfAborted();
      const { api, prediction } = of(order);
      const { model, input, webhook } = marksOf(order, settings);
      const body = {
        version: model.version,
        input: { ...input, ...(await imageInput(order.source, model.form)) },
        ...(webhook !== undefined && { webhook, webhook_events_filter: ['completed'] }),
      };
      return prediction(await api.create(body, order.cancelAfterSeconds, signal));
    },
    find: async (order, signal) => {
      signal.throwIfAborted();
      const { api, prediction } = of(order);
      const found = await findPrediction(api, marksOf(order, settings), find, signal);
      return found && prediction(found);
    },
    get: async (order, signal) => {
      const { api, prediction } = of(order);
      return prediction(await api.get(order.predictionId, signal));
    },
    cancel: (order, signal) => of(order).api.cancel(order.predictionId, signal),
    read: (_order, output, options) => readOutput(output, options, outputs),
  };
}

function marksOf(order: PredictionOrder, { model, webhookBase }: ReplicateSettings): Marks {
  const reference = modelReference(order.model ?? model, order.modelVersion);
  const base = webhookBase?.replace(/\/+$/, '');
  return {
    order,
    model: reference,
    input: inputOf(order, reference.form),
    ...(base !== undefined && { webhook: `${base}${replicateHookPath(order)}` }),
  };
}
