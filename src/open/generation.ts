import { readFile, writeFile } from 'node:fs/promises';
import type { Catalog } from '../catalog/catalog.js';
import type { GenerationSettings } from '../config/generation-variables.js';
import { DarkroomError } from '../domain/failures.js';
import type { GenerationProviderName } from '../domain/generation.js';
import { TASK_QUEUES } from '../domain/ids.js';
import type { GenerationProvider } from '../generation/generation.js';
import { openMockGeneration, type MockSettings } from '../generation/mock.js';
import { openReplicate } from '../generation/replicate.js';
import type { EncoderPool } from '../imaging/encoder-pool.js';
import type { CallGate } from '../net/provider-api.js';
import { openProviderGate } from './provider-gate.js';

/** Of a picture of the largest size on a busy machine. */
const PAINT_TIMEOUT_MS = 120_000;

/** Without a word on how far from its source. */
const USUAL_STRENGTH = 0.75;

/** When to try again to have a turn, after there was none for a long time. */
const TURN_AGAIN_MS = 10_000;

export interface GenerationProviders {
  /** Who makes pictures for those who name nobody. */
  readonly usual: GenerationProviderName;
  /** @throws DarkroomError `ProviderNotConfigured` */
  of: (name: GenerationProviderName) => GenerationProvider;
}

type Settings = GenerationSettings & { publicUrl: URL | undefined; allowPrivateUrls: boolean };

export interface GenerationTools {
  encoders: Pick<EncoderPool, 'run'>;
  scratch: { folder(): Promise<AsyncDisposable & { path(name: string): string }> };
  catalog: Pick<Catalog, 'limits' | 'providers'>;
}

/** Rows may name any of them, so each is there as soon as its settings are. */
export function openGenerationProviders(
  settings: Settings,
  tools: GenerationTools,
): GenerationProviders {
  const gate = openProviderGate({
    catalog: tools.catalog,
    queue: TASK_QUEUES.generation,
    usualRate: settings.generationRate,
    probeMs: 0,
  });
  const mock = openMockGeneration({
    durationMs: settings.mockDurationMs,
    paint: paintWith(tools),
  });
  const providers = { mock: inTurn(mock, gate), replicate: replicateOf(settings, gate) };
  return {
    usual: settings.generationProvider,
    of: (name) => {
      const provider = providers[name];
      if (provider !== undefined) return provider;
      throw new DarkroomError('ProviderNotConfigured', 'REPLICATE_API_TOKEN is not set.');
    },
  };
}

function replicateOf(settings: Settings, gate: CallGate): GenerationProvider | undefined {
  const { replicateToken: token, replicateBaseUrl: baseUrl, publicUrl } = settings;
  if (token === undefined) return undefined;
  const replicate = openReplicate({
    endpoint: { baseUrl, token },
    model: settings.generationModel,
    // Without a secret nobody could tell a webhook of theirs from anybody's.
    ...(settings.replicateWebhookSecret && publicUrl && { webhookBase: publicUrl.href }),
    outputs: { allowPrivate: settings.allowPrivateUrls },
  });
  return inTurn(replicate, gate);
}

/** Predictions begin at the rate of the configuration; all other calls are cheap and few. */
function inTurn(provider: GenerationProvider, gate: CallGate): GenerationProvider {
  return {
    ...provider,
    create: async (order, signal) => {
      const leftMs = () => order.deadlineMs - performance.now();
      const begin = () => {
        // It may have waited long for its turn; what it costs has to end with the generation.
        const seconds = Math.min(order.cancelAfterSeconds, Math.ceil(leftMs() / 1000));
        return provider.create({ ...order, cancelAfterSeconds: Math.max(1, seconds) }, signal);
      };
      try {
        return await gate.pass(begin, { signal, patient: true, withinMs: leftMs() });
      } catch (error) {
        if (!(error instanceof DarkroomError) || error.kind !== 'ProviderBusy') throw error;
        // Nobody else does this later: the generation itself has to try again.
        const options = { retryAfterMs: TURN_AGAIN_MS, cause: error };
        throw new DarkroomError('ProviderRateLimited', error.message, options);
      }
    },
  };
}

/** In an encoder process: a second of arithmetic would hold up everything else that a worker does. */
export function paintWith({
  encoders,
  scratch,
}: Pick<GenerationTools, 'encoders' | 'scratch'>): MockSettings['paint'] {
  return async ({ plan, source, generationId, model }, { signal }) => {
    await using folder = await scratch.folder();
    const path = folder.path(`picture.${plan.format}`);
    const sourcePath = folder.path('source');
    if (source !== undefined) await writeFile(sourcePath, (await source.bytes()).bytes);
    const { prompt, negativePrompt, style, widthPx, heightPx, format, seed } = plan;
    const { strength = USUAL_STRENGTH } = plan;
    await encoders.run(
      'paint',
      {
        ...{ prompt, widthPx, heightPx, format, path },
        ...(negativePrompt !== undefined && { negativePrompt }),
        ...(style !== undefined && { style }),
        // Without a seed every generation gets a picture of its own, and each try of it the same one.
        seed: `${seed ?? generationId} ${model ?? ''}`,
        ...(source && { source: { path: sourcePath, strength } }),
      },
      { signal, timeoutMs: PAINT_TIMEOUT_MS },
    );
    // Awaited here: the folder goes when this returns.
    return await readFile(path);
  };
}
