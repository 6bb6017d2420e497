import type { Metadata, StepSource } from '../domain/image.js';
import type { CallOptions, ProviderApi } from '../net/provider-api.js';
import { ANSWER_SCHEMA, wordsIn } from './answer.js';
import { FIRST_DIALECT, inDialect, simplerThan, type Dialect } from './dialect.js';
import { measuredColors, type MetadataProvider } from './metadata.js';

/** Of the prompt and of how answers are read: another one makes descriptions stale. */
const PROMPT_VERSION = '1';

const PROMPT = `You describe pictures for a photo library. Answer with one JSON object and nothing else:
{"description": one or two plain sentences about what is to be seen,
"tags": 5 to 12 single words or short phrases, lower-case, the most important first,
"category": one word such as nature, city, people, animals, food, product, document, art or other,
"mood": one or two words}
Say only what is in the picture. Do not guess names of people or where it was taken.`;

/** Four times what an answer needs; models that think first need more. */
const FIRST_TOKENS = 600;
const MORE_TOKENS = 4_000;

export function metadataSource(model: string): StepSource {
  return { provider: 'openai', model, version: PROMPT_VERSION };
}

/**
 * Describes by a vision model behind an endpoint that speaks OpenAI's protocol. It is shown the
 * preview and nothing else: no file name, no camera, no owner. Colours are those that were measured,
 * because a model only guesses them.
 */
export function openOpenAiMetadata({
  api,
  model,
}: {
  api: ProviderApi;
  model: string;
}): MetadataProvider {
  // What this endpoint has been found to understand; the next call begins there.
  let dialect = FIRST_DIALECT;

  const ask = async (preview: Buffer, options: CallOptions): Promise<unknown> => {
    for (;;) {
      const spoken = dialect;
      try {
        return await complete(api, { model, preview, dialect: spoken }, options);
      } catch (error) {
        const simpler = simplerThan(spoken, error);
        if (simpler === undefined) throw error;
        dialect = simpler;
      }
    }
  };

  return {
    source: metadataSource(model),
    bytesOnly: true,
    describe: async (picture, options): Promise<Metadata> => {
      options.signal?.throwIfAborted();
      const words = wordsIn(await ask(await picture.preview(), options));
      return { ...words, dominantColors: measuredColors(picture) };
    },
  };
}

interface Question {
  model: string;
  preview: Buffer;
  dialect: Dialect;
}

/** Asked once more with more room when it ran out of it, as models that think first do. */
async function complete(
  api: ProviderApi,
  question: Question,
  options: CallOptions,
): Promise<unknown> {
  const ask = (maxTokens: number) =>
    api.post('/chat/completions', () => request(question, maxTokens), options);
  const answer = await ask(FIRST_TOKENS);
  return brokeOff(answer) ? ask(MORE_TOKENS) : answer;
}

function brokeOff(answer: unknown): boolean {
  const { choices } = answer as { choices?: { finish_reason?: unknown }[] };
  return Array.isArray(choices) && choices[0]?.finish_reason === 'length';
}

function request({ model, preview, dialect }: Question, maxTokens: number): object {
  const url = `data:image/jpeg;base64,${preview.toString('base64')}`;
  return {
    model,
    ...inDialect(dialect, { maxTokens, schema: ANSWER_SCHEMA }),
    messages: [
      { role: 'system', content: PROMPT },
      {
        role: 'user',
        content: [
          { type: 'text', text: 'Describe this picture as JSON.' },
          // A preview has at most 512 pixels a side, which every tier of prices counts as little.
          { type: 'image_url', image_url: { url, detail: 'low' } },
        ],
      },
    ],
  };
}
