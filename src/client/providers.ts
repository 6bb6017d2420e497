import type { Catalog } from '../catalog/catalog.js';
import type { ProviderSettings } from '../config/provider-variables.js';
import { DarkroomError, FAILURES } from '../domain/failures.js';
import type { StepFailure } from '../domain/image.js';
import {
  configuredSources,
  fingerprintOf,
  openProviders,
  type ProviderStep,
} from '../open/providers.js';

/** Who does a step, and how it goes. */
export interface ProviderState {
  step: ProviderStep;
  provider: string;
  model: string;
  /** Why it is not asked at the moment; absent: it is. */
  paused?: { since: Date; probeAt: Date };
  /** The last one, also when it has long been over. */
  lastFailure?: StepFailure;
}

export interface ProviderTest {
  ok: boolean;
  /** What it answered, or what went wrong, in plain words. */
  says: string;
  ms: number;
}

export interface Providers {
  /** As this process has them configured; workers have settings of their own. */
  list: () => Promise<ProviderState[]>;
  /**
   * Asks for one answer, which is paid like any other, and which ends a pause when it comes. Never
   * rejects for what the provider does.
   */
  test: (step: ProviderStep) => Promise<ProviderTest>;
}

const STEPS: readonly ProviderStep[] = ['metadata', 'embedding'];

type ProviderDeps = Pick<Catalog, 'limits' | 'providers'>;

export function providers(catalog: ProviderDeps, settings: ProviderSettings): Providers {
  return {
    list: async () => {
      const records = await catalog.providers.list();
      const sources = configuredSources(settings);
      return STEPS.map((step) => {
        const { provider, model } = sources[step];
        const fingerprint = fingerprintOf(settings, step);
        // What another key or another model met says nothing about this one.
        const record =
          provider === 'builtin'
            ? undefined
            : records.find((it) => it.step === step && it.fingerprint === fingerprint);
        return {
          ...{ step, provider, model },
          ...(record?.open !== undefined && { paused: record.open }),
          ...(record?.failure !== undefined && { lastFailure: record.failure }),
        };
      });
    },
    test: async (step) => {
      const began = performance.now();
      const { ok, says } = await testOne(step, catalog, settings).catch((error: unknown) => ({
        ok: false,
        says: inWords(error),
      }));
      return { ok, says, ms: Math.round(performance.now() - began) };
    },
  };
}

async function testOne(step: ProviderStep, catalog: ProviderDeps, settings: ProviderSettings) {
  // Whoever tests wants to know now, not when the pause is over.
  const admitted = { ...catalog.providers, admission: async () => 'probe' as const };
  const { metadata, embedding } = openProviders(settings, { ...catalog, providers: admitted });
  const signal = AbortSignal.timeout(60_000);
  if (step === 'embedding') {
    const [vector] = await embedding.embed(['a red boat in a harbour'], { signal });
    return { ok: true, says: `It answered with ${vector?.length ?? 0} numbers.` };
  }
  const picture = {
    ...{ fileName: 'test.jpg', widthPx: 64, heightPx: 64, brightness: 0.5, colors: [] },
    preview: async () => Buffer.from(TEST_PICTURE, 'base64'),
  };
  const { description } = await metadata.describe(picture, { signal });
  return { ok: true, says: `It answered: ${description}` };
}

function inWords(error: unknown): string {
  if (!(error instanceof DarkroomError)) return 'It did not answer.';
  const { says } = FAILURES[error.kind];
  return error.message === says ? says : `${says} ${error.message}`;
}

/** 64 by 64 pixels, two colours. */
const TEST_PICTURE =
  '/9j/2wBDAA0JCgsKCA0LCgsODg0PEyAVExISEyccHhcgLikxMC4pLSwzOko+MzZGNywtQFdBRkxOUlNSMj5aYVpQYEpRUk//2wBDAQ4ODhMREyYVFSZPNS01T09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT0//wAARCABAAEADASIAAhEBAxEB/8QAFgABAQEAAAAAAAAAAAAAAAAAAAUG/8QAFBABAAAAAAAAAAAAAAAAAAAAAP/EABYBAQEBAAAAAAAAAAAAAAAAAAAFBv/EABQRAQAAAAAAAAAAAAAAAAAAAAD/2gAMAwEAAhEDEQA/AIgCylAAAAAAAAAAAAAANMAwLagAAAAAAAAAAAAAP//Z';
