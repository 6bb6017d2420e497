import {
  embeddingEndpoint,
  metadataEndpoint,
  PROVIDER_VARIABLES,
  type Endpoint,
  type ProviderSettings,
} from '../config/provider-variables.js';
import { check, failed, note, ok, skipped, type Check, type Finding } from './check.js';

const ANSWER_MS = 5_000;

/** Whether those who describe and embed answer and take the key; nothing that would be paid for. */
export function checkProviders(settings: Partial<ProviderSettings>): Promise<Check[]> {
  if (!isWhole(settings)) {
    const unknown = async () => skipped('the settings of providers cannot be used');
    return Promise.all([check('metadata', unknown), check('embedding', unknown)]);
  }
  const { metadataProvider, metadataModel, embeddingProvider, embeddingModel } = settings;
  return Promise.all([
    check('metadata', () =>
      checkOne(metadataProvider, metadataModel, metadataEndpoint(settings), 'METADATA_MODEL'),
    ),
    check('embedding', () =>
      checkOne(embeddingProvider, embeddingModel, embeddingEndpoint(settings), 'EMBEDDING_MODEL'),
    ),
  ]);
}

function isWhole(settings: Partial<ProviderSettings>): settings is ProviderSettings {
  return Object.keys(PROVIDER_VARIABLES).every((name) => name in settings);
}

async function checkOne(
  ...[provider, model, endpoint, variable]: [string, string, Endpoint, string]
): Promise<Finding> {
  if (provider === 'builtin') return ok('builtin, which needs no network');
  const { baseUrl, apiKey } = endpoint;
  let answer: Response;
  try {
    answer = await fetch(`${baseUrl}/models`, {
      headers: { ...(apiKey !== undefined && { authorization: `Bearer ${apiKey}` }) },
      redirect: 'error',
      signal: AbortSignal.timeout(ANSWER_MS),
    });
  } catch {
    const todo = 'Start it, or correct OPENAI_BASE_URL or EMBEDDING_BASE_URL.';
    return failed(`nobody answers at ${baseUrl}`, todo);
  }
  if (answer.status === 401 || answer.status === 403) {
    return failed(`${baseUrl} does not accept the API key`, 'Correct its API key.');
  }
  const models = answer.ok ? idsIn(await answer.json().catch(() => undefined)) : [];
  if (models.length === 0) {
    const todo = 'The page Settings has a button that asks it for one answer.';
    return note(`${baseUrl} answers, and does not say which models it has`, todo);
  }
  // Ollama lists `x:latest` for what is asked for as `x`.
  return models.some((id) => id === model || id === `${model}:latest`)
    ? ok(`${baseUrl} answers and has ${model}`)
    : note(`${baseUrl} does not list ${model}`, `Correct ${variable}, or fetch the model there.`);
}

function idsIn(body: unknown): string[] {
  const { data } = (body ?? {}) as { data?: unknown };
  return (Array.isArray(data) ? (data as { id?: unknown }[]) : []).flatMap(({ id }) =>
    typeof id === 'string' ? [id] : [],
  );
}
