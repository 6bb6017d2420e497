import { nativeDimensions } from '../config/provider-variables.js';
import { DarkroomError } from '../domain/failures.js';
import type { StepSource } from '../domain/image.js';
import type { CallOptions, ProviderApi } from '../net/provider-api.js';
import type { EmbeddingProvider, EmbedOptions } from './embedding.js';
import { gatherTexts } from './gather.js';

/** OpenAI takes 2,048; others on small machines take their time for far fewer. */
const TEXTS_A_CALL = 64;

export interface EmbeddingModel {
  model: string;
  /** Fewer than the model has, where it can shorten its vectors. */
  dimensions?: number | undefined;
}

/** A shortened vector is in a space of its own, and an index is of vectors of one length. */
export function embeddingSource({ model, dimensions }: EmbeddingModel): StepSource {
  const shortened = dimensions !== undefined && dimensions !== nativeDimensions(model);
  return { provider: 'openai', model: shortened ? `${model}@${dimensions}` : model, version: '1' };
}

/** The other way round: the model of vectors that were made by it. */
export function embeddingModel(named: string, dimensions: number): EmbeddingModel {
  const suffix = `@${dimensions}`;
  return { model: named.endsWith(suffix) ? named.slice(0, -suffix.length) : named, dimensions };
}

/** Embeds by a model behind an endpoint that speaks OpenAI's protocol, several texts a call. */
export function openOpenAiEmbedding({
  api,
  ...settings
}: EmbeddingModel & { api: ProviderApi }): EmbeddingProvider {
  const { model } = settings;
  const native = nativeDimensions(model);
  const dimensions = settings.dimensions ?? native;
  if (dimensions === undefined) throw new Error(`EMBEDDING_DIMENSIONS is required for ${model}`);
  const shortened = native !== undefined && dimensions < native;

  const call = async (texts: () => string[], options: CallOptions): Promise<number[][]> => {
    let asked: string[] = [];
    const body = () => ({
      ...{ model, input: (asked = texts()), encoding_format: 'float' },
      ...(shortened && { dimensions }),
    });
    try {
      return vectorsIn(await api.post('/embeddings', body, options), asked.length, dimensions);
    } catch (error) {
      if (asked.length < 2 || !isRefusal(error)) throw error;
      return oneByOne(asked, options);
    }
  };
  /** One text that it does not like must not take the others with it. */
  const oneByOne = async (texts: string[], options: CallOptions): Promise<number[][]> => {
    const vectors: number[][] = [];
    for (const text of texts) {
      vectors.push(...(await call(() => [text], options).catch(emptyIfRefused)));
    }
    return vectors;
  };
  const one = gatherTexts({ most: TEXTS_A_CALL, call });

  return {
    source: embeddingSource(settings),
    dimensions,
    embed: async (texts, { purpose = 'document', ...options }) => {
      options.signal?.throwIfAborted();
      const vectors = await Promise.all(
        texts.map((text) => one(worded(model, text, purpose), options)),
      );
      if (vectors.every((vector) => vector.length > 0)) return vectors;
      throw new DarkroomError('ProviderRefused', 'It would not embed this text.');
    },
  };
}

function isRefusal(error: unknown): boolean {
  return error instanceof DarkroomError && error.kind === 'ProviderRefused';
}

/** No vector has no numbers. */
function emptyIfRefused(error: unknown): number[][] {
  if (isRefusal(error)) return [[]];
  throw error;
}

/** Nomic's models were trained with what a text is for in front of it. */
function worded(model: string, text: string, purpose: EmbedOptions['purpose']): string {
  return /nomic-embed-text/.test(model) ? `search_${purpose}: ${text}` : text;
}

function vectorsIn(answer: unknown, count: number, dimensions: number): number[][] {
  const { data } = answer as { data?: unknown };
  const items = Array.isArray(data) ? (data as { index?: unknown; embedding?: unknown }[]) : [];
  if (items.length !== count) throw invalid(`${items.length} vectors for ${count} texts`);
  const vectors = new Array<number[]>(count);
  for (const [position, { index = position, embedding }] of items.entries()) {
    // Order is not promised; the index is.
    vectors[Number(index)] = unitVector(embedding, dimensions);
  }
  if (Object.keys(vectors).length !== count) throw invalid('two vectors for one text');
  return vectors;
}

function unitVector(embedding: unknown, dimensions: number): number[] {
  const numbers = Array.isArray(embedding) ? (embedding as unknown[]) : [];
  if (!numbers.every((it): it is number => typeof it === 'number' && Number.isFinite(it))) {
    throw invalid('a vector holds something that is no number');
  }
  if (numbers.length !== dimensions) {
    throw invalid(
      `a vector has ${numbers.length} numbers, and EMBEDDING_DIMENSIONS says ${dimensions}`,
    );
  }
  const length = Math.hypot(...numbers);
  if (length < 1e-9) throw invalid('a vector is all zeros');
  return numbers.map((it) => it / length);
}

function invalid(what: string): DarkroomError {
  return new DarkroomError('ProviderAnswerInvalid', `The embedding cannot be used: ${what}.`);
}
