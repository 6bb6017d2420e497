import { apiKey, httpUrl, oneOf, text, wholeNumber } from './parsers.js';
import { optional, type Values } from './variable.js';

const PROVIDERS = ['builtin', 'openai'] as const;

const OPENAI = 'https://api.openai.com/v1';

const rate = wholeNumber({ min: 1, max: 100_000 });
const calls = wholeNumber({ min: 1, max: 100 });

/** Who describes and who embeds; docs/providers.md explains them together. */
export const PROVIDER_VARIABLES = {
  metadataProvider: optional(
    'METADATA_PROVIDER',
    'who describes images: builtin (colours and the words of file names, no network), or openai (any endpoint that speaks its protocol)',
    oneOf(PROVIDERS),
    'builtin',
  ),
  metadataModel: optional('METADATA_MODEL', 'the model that looks at images', text, 'gpt-4o-mini'),
  metadataRate: optional<number | undefined>(
    'METADATA_CALLS_PER_MINUTE',
    'calls to the provider at most, by all workers together; "darkroom limits" changes it while they run',
    rate,
    { value: undefined, says: '10; without a limit for builtin' },
  ),
  metadataCalls: optional(
    'METADATA_CONCURRENCY',
    'descriptions that a worker asks for at once',
    calls,
    5,
  ),
  embeddingProvider: optional(
    'EMBEDDING_PROVIDER',
    'who makes vectors of descriptions: builtin (their words), or openai',
    oneOf(PROVIDERS),
    'builtin',
  ),
  embeddingModel: optional(
    'EMBEDDING_MODEL',
    'the model that makes vectors',
    text,
    'text-embedding-3-small',
  ),
  embeddingDimensions: optional<number | undefined>(
    'EMBEDDING_DIMENSIONS',
    'numbers in a vector; fewer than the model has where it can shorten them',
    wholeNumber({ min: 8, max: 16_000 }),
    {
      value: undefined,
      says: 'what the model has; required for models that Darkroom does not know',
    },
  ),
  embeddingRate: optional<number | undefined>(
    'EMBEDDING_CALLS_PER_MINUTE',
    'as METADATA_CALLS_PER_MINUTE; a call embeds several descriptions',
    rate,
    { value: undefined, says: '10; without a limit for builtin' },
  ),
  embeddingCalls: optional(
    'EMBEDDING_CONCURRENCY',
    'embeddings that a worker works on at once, gathered into as few calls as possible',
    calls,
    5,
  ),
  openaiBaseUrl: optional(
    'OPENAI_BASE_URL',
    'the endpoint of both: OpenAI, OpenRouter, Ollama (http://127.0.0.1:11434/v1), LM Studio',
    httpUrl,
    OPENAI,
  ),
  openaiApiKey: optional<string | undefined>('OPENAI_API_KEY', 'its key', apiKey, {
    value: undefined,
    says: 'none; OpenAI itself requires one',
  }),
  embeddingBaseUrl: optional<string | undefined>(
    'EMBEDDING_BASE_URL',
    'the endpoint for vectors, when it is another',
    httpUrl,
    { value: undefined, says: 'OPENAI_BASE_URL' },
  ),
  embeddingApiKey: optional<string | undefined>('EMBEDDING_API_KEY', 'its key', apiKey, {
    value: undefined,
    says: 'OPENAI_API_KEY, unless EMBEDDING_BASE_URL is set',
  }),
  providerTimeoutSeconds: optional(
    'PROVIDER_TIMEOUT_SECONDS',
    'how long a provider may take for one answer; models on your own machine need long for their first',
    wholeNumber({ min: 1, max: 110 }),
    90,
  ),
  providerProbeSeconds: optional(
    'PROVIDER_PROBE_SECONDS',
    'how long a provider that refused again and again (a wrong key, no credit, an outage) is left alone before one call tries it',
    wholeNumber({ min: 1, max: 86_400 }),
    60,
  ),
} as const;

export type ProviderSettings = Values<typeof PROVIDER_VARIABLES>;

/** Where a provider is asked. */
export interface Endpoint {
  baseUrl: string;
  apiKey?: string;
}

export function metadataEndpoint({ openaiBaseUrl, openaiApiKey }: ProviderSettings): Endpoint {
  return endpoint(openaiBaseUrl, openaiApiKey);
}

/** A key goes nowhere but to the endpoint that it was given for. */
export function embeddingEndpoint(settings: ProviderSettings): Endpoint {
  const { embeddingBaseUrl, embeddingApiKey } = settings;
  if (embeddingBaseUrl !== undefined) return endpoint(embeddingBaseUrl, embeddingApiKey);
  return endpoint(settings.openaiBaseUrl, embeddingApiKey ?? settings.openaiApiKey);
}

function endpoint(baseUrl: string, apiKey: string | undefined): Endpoint {
  return { baseUrl: baseUrl.replace(/\/+$/, ''), ...(apiKey !== undefined && { apiKey }) };
}

/** What models give when nothing else is asked of them. */
const NATIVE_DIMENSIONS: Record<string, number> = {
  'text-embedding-3-small': 1536,
  'text-embedding-3-large': 3072,
  'text-embedding-ada-002': 1536,
  'nomic-embed-text': 768,
  'mxbai-embed-large': 1024,
  'all-minilm': 384,
  'bge-m3': 1024,
};

/** Names may say whose a model is, and of which version: `openai/x`, `x:latest`. */
export function nativeDimensions(model: string): number | undefined {
  const name = model.replace(/^.*\//, '').replace(/:.*$/, '');
  return Object.hasOwn(NATIVE_DIMENSIONS, name) ? NATIVE_DIMENSIONS[name] : undefined;
}

/** What only shows when settings are read together, as `NAME must ...`. */
export function providerProblems(settings: ProviderSettings): string[] {
  const problems: string[] = [];
  const asked = [
    ...(settings.metadataProvider === 'openai' ? [metadataEndpoint(settings)] : []),
    ...(settings.embeddingProvider === 'openai' ? [embeddingEndpoint(settings)] : []),
  ];
  if (asked.some(({ baseUrl, apiKey }) => baseUrl === OPENAI && apiKey === undefined)) {
    problems.push(
      'OPENAI_API_KEY is required, because OpenAI is asked; OPENAI_BASE_URL names another endpoint',
    );
  }
  const { embeddingProvider, embeddingModel, embeddingDimensions } = settings;
  const native = nativeDimensions(embeddingModel);
  if (embeddingProvider !== 'openai') return problems;
  if (embeddingDimensions === undefined && native === undefined) {
    problems.push(
      `EMBEDDING_DIMENSIONS is required for ${embeddingModel}: how many numbers its vectors have`,
    );
  }
  if (embeddingDimensions !== undefined && native !== undefined && embeddingDimensions > native) {
    problems.push(
      `EMBEDDING_DIMENSIONS must be at most ${native}, which is what ${embeddingModel} gives`,
    );
  }
  return problems;
}
