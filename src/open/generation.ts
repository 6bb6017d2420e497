import { readFile, writeFile } from 'node:fs/promises';
import type { GenerationSettings } from '../config/generation-variables.js';
import { DarkroomError } from '../domain/failures.js';
import type { GenerationProviderName } from '../domain/generation.js';
import type { GenerationProvider, PredictionOrder } from '../generation/generation.js';
import { openMockGeneration } from '../generation/mock.js';
import type { EncoderPool } from '../imaging/encoder-pool.js';

/** Of a picture of the largest size on a busy machine. */
const PAINT_TIMEOUT_MS = 120_000;

/** Without a word on how far from its source. */
const USUAL_STRENGTH = 0.75;

export interface GenerationProviders {
  /** Who makes pictures for those who name nobody. */
  readonly usual: GenerationProviderName;
  /** @throws DarkroomError `ProviderNotConfigured` */
  of(name: GenerationProviderName): GenerationProvider;
}

export interface GenerationTools {
  encoders: Pick<EncoderPool, 'run'>;
  scratch: { folder(): Promise<AsyncDisposable & { path(name: string): string }> };
}

/** Rows may name any of them, so each is opened when it is first asked for. */
export function openGenerationProviders(
  settings: GenerationSettings,
  tools: GenerationTools,
): GenerationProviders {
  const mock = openMockGeneration({
    durationMs: settings.mockDurationMs,
    paint: (order, options) => paint(order, tools, options),
  });
  return {
    usual: settings.generationProvider,
    of: (name) => {
      switch (name) {
        case 'mock':
          return mock;
        case 'replicate':
          throw new DarkroomError('ProviderNotConfigured', 'REPLICATE_API_TOKEN is not set.');
      }
    },
  };
}

/** In an encoder process: a second of arithmetic would hold up everything else that a worker does. */
async function paint(
  { plan, source, generationId, model }: PredictionOrder,
  { encoders, scratch }: GenerationTools,
  { signal }: { signal: AbortSignal },
): Promise<Buffer> {
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
  return readFile(path);
}
