import type { Catalog } from '../catalog/catalog.js';
import { checkRun } from '../domain/check-run.js';
import { STEPS, type ProviderSources, type Step } from '../domain/image.js';
import type { Run, Scope } from '../domain/runs.js';
import type { BackfillInput } from '../workflows/messages.js';

export interface BackfillPreview {
  images: number;
  scope: Scope;
  steps: Step[];
  /** Descriptions and embeddings that the providers are asked for; builtin ones cost nothing. */
  providerCalls: number;
  /** Bytes of variants that would be stored; 0 while no image is ready to judge by. */
  bytes: number;
  /** At the rate of the last run; absent before the first. */
  minutes?: number;
}

/** What a backfill would take and cost. */
export async function previewBackfill(
  { catalog, today }: { catalog: Catalog; today: () => Promise<Today> },
  options: Omit<BackfillInput, 'resume'>,
): Promise<BackfillPreview> {
  checkRun(options);
  const { steps = [...STEPS], ownerId, ids, retryOf, limit } = options;
  const { scope = retryOf === undefined ? 'missing' : 'failed' } = options;
  const selection = {
    ...{ scope, steps, ...(await today()) },
    ...(ownerId !== undefined && { ownerId }),
    ...(ids !== undefined && { ids }),
    ...(retryOf !== undefined && { retryOf }),
  };
  const inScope = await catalog.images.count(selection);
  const images = Math.min(inScope, limit ?? inScope);
  const providerCalls = await catalog.images.providerCalls({
    ...selection,
    force: scope === 'all',
    ...(limit !== undefined && { limit }),
  });
  return { images, scope, steps, providerCalls, ...(await costOf(catalog, images, steps)) };
}

/** Hashes of today's recipe and of today's rules for originals, and today's providers. */
export interface Today {
  sources: ProviderSources;
  recipe: string;
  rules: string;
}

/** From what there is already: bytes from the images that are ready, minutes from the last run. */
async function costOf(catalog: Catalog, images: number, steps: Step[]) {
  const { ready, variantBytes } = await catalog.images.stats();
  const bytes =
    steps.includes('variants') && ready > 0 ? Math.round((images * variantBytes) / ready) : 0;
  const rate = (await catalog.runs.list(20)).map(imagesAMinute).find((it) => it > 0);
  return { bytes, ...(rate !== undefined && { minutes: Math.ceil((images / rate) * 10) / 10 }) };
}

function imagesAMinute({ startedAt, finishedAt, pausedMs, done }: Run): number {
  if (finishedAt === undefined) return 0;
  const minutes = (finishedAt.getTime() - startedAt.getTime() - pausedMs) / 60_000;
  return minutes > 0 ? done / minutes : 0;
}
