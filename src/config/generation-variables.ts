import { GENERATION_PROVIDERS, type GenerationProviderName } from '../domain/generation.js';
import { apiKey, httpUrl, oneOf, text, webhookSecret, wholeNumber } from './parsers.js';
import { optional, type Values } from './variable.js';

const REPLICATE = 'https://api.replicate.com/v1';

/** Who makes pictures from prompts; docs/generation.md explains them together. */
export const GENERATION_VARIABLES = {
  generationProvider: optional<GenerationProviderName>(
    'GENERATION_PROVIDER',
    'who makes pictures for those who name nobody: mock (paints them, no network), or replicate',
    oneOf(GENERATION_PROVIDERS),
    'mock',
  ),
  generationModel: optional(
    'GENERATION_MODEL',
    'the model of those who name none: owner/name, owner/name:version, or a version',
    text,
    'black-forest-labs/flux-schnell',
  ),
  generationConcurrency: optional(
    'GENERATION_CONCURRENCY',
    'predictions that a worker has open at once',
    wholeNumber({ min: 1, max: 100 }),
    3,
  ),
  generationRate: optional<number | undefined>(
    'GENERATION_CALLS_PER_MINUTE',
    'predictions that are begun at most, by all workers together',
    wholeNumber({ min: 1, max: 100_000 }),
    { value: undefined, says: 'as many as the provider takes' },
  ),
  replicateToken: optional<string | undefined>(
    'REPLICATE_API_TOKEN',
    'the token of Replicate, required by its pictures; it is sent to REPLICATE_BASE_URL only',
    apiKey,
    { value: undefined, says: 'none' },
  ),
  replicateBaseUrl: optional('REPLICATE_BASE_URL', 'where Replicate is asked', httpUrl, REPLICATE),
  replicateWebhookSecret: optional<string | undefined>(
    'REPLICATE_WEBHOOK_SECRET',
    'what Replicate signs its webhooks with (GET /v1/webhooks/default/secret); with it and PUBLIC_URL the end of a picture is known at once, without it by asking now and again',
    webhookSecret,
    { value: undefined, says: 'none: no webhooks' },
  ),
  mockDurationMs: optional(
    'MOCK_GENERATION_MS',
    'how long a picture of mock takes, in milliseconds',
    wholeNumber({ min: 0, max: 3_600_000 }),
    4_000,
  ),
} as const;

export type GenerationSettings = Values<typeof GENERATION_VARIABLES>;

/** What only shows when settings are read together, as `NAME must ...`. */
export function generationProblems(
  settings: GenerationSettings & { publicUrl: URL | undefined },
): string[] {
  const { generationProvider, replicateToken, replicateBaseUrl, replicateWebhookSecret } = settings;
  const { publicUrl } = settings;
  const problems: string[] = [];
  if (generationProvider === 'replicate' && replicateToken === undefined) {
    problems.push('REPLICATE_API_TOKEN is required, because GENERATION_PROVIDER is replicate');
  }
  if (replicateWebhookSecret === undefined) return problems;
  if (publicUrl === undefined) {
    problems.push('PUBLIC_URL is required for webhooks, because REPLICATE_WEBHOOK_SECRET is set');
  } else if (publicUrl.protocol !== 'https:' && replicateBaseUrl === REPLICATE) {
    problems.push('PUBLIC_URL must start with https://, because Replicate calls no other webhooks');
  }
  return problems;
}
