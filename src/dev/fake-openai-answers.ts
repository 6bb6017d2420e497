import { colorName } from '../domain/color-names.js';
import { openBuiltinEmbedding } from '../embedding/builtin.js';
import { colorsOfPicture } from '../imaging/picture-colors.js';

interface Answer {
  status: number;
  body: unknown;
}

/** Says which colours it sees, in the form that was asked for; other forms it does not know. */
export async function chatAnswer(body: Record<string, unknown>): Promise<Answer> {
  const url = pictureIn(body.messages);
  const base64 = /^data:image\/(?:jpeg|png|webp);base64,(.+)$/.exec(url ?? '')?.[1];
  if (base64 === undefined) return refused('messages must hold an image as a data URL');
  const bad = badForm(body.response_format);
  if (bad !== undefined) return refused(bad);
  const colors = await colorsOfPicture(Buffer.from(base64, 'base64')).catch(() => undefined);
  if (colors === undefined) return refused('the image cannot be decoded');
  const names = [...new Set(colors.map(({ hex }) => colorName(hex)))].slice(0, 4);
  const words = {
    description: `A picture in ${names.join(', ') || 'no colour'}, as a fake provider sees it.`,
    tags: [...names, 'fake'],
    category: 'other',
    mood: names.includes('yellow') || names.includes('orange') ? 'warm' : 'calm',
  };
  return {
    status: 200,
    body: {
      id: 'chatcmpl-fake',
      object: 'chat.completion',
      model: body.model,
      choices: [
        {
          index: 0,
          finish_reason: 'stop',
          message: { role: 'assistant', content: JSON.stringify(words), refusal: null },
        },
      ],
      usage: { prompt_tokens: 320, completion_tokens: 60, total_tokens: 380 },
    },
  };
}

function pictureIn(messages: unknown): string | undefined {
  const all = Array.isArray(messages) ? (messages as { content?: unknown }[]) : [];
  const parts = all.flatMap(({ content }) => (Array.isArray(content) ? (content as Part[]) : []));
  return parts.find(({ type }) => type === 'image_url')?.image_url?.url;
}

interface Part {
  type?: string;
  image_url?: { url?: string };
}

/** Schemas in the strict form have every property required and no other one. */
function badForm(format: unknown): string | undefined {
  if (format === undefined) return undefined;
  const { type, json_schema: given } = format as { type?: string; json_schema?: Strict };
  if (type !== 'json_schema') return undefined;
  const { properties = {}, required = [], additionalProperties } = given?.schema ?? {};
  const all = Object.keys(properties).every((name) => required.includes(name));
  return all && additionalProperties === false
    ? undefined
    : 'Invalid schema for response_format: everything must be required, and nothing else allowed';
}

interface Strict {
  schema?: {
    properties?: Record<string, unknown>;
    required?: string[];
    additionalProperties?: boolean;
  };
}

/** Vectors in which texts that share words are near each other. */
export async function embeddingsAnswer(
  body: Record<string, unknown>,
  usual: number,
): Promise<Answer> {
  const texts = (Array.isArray(body.input) ? body.input : [body.input]) as unknown[];
  if (!texts.every((text) => typeof text === 'string' && text !== '') || texts.length === 0) {
    return refused('input must be a text or several');
  }
  const dimensions = typeof body.dimensions === 'number' ? body.dimensions : usual;
  const vectors = await openBuiltinEmbedding().embed(texts as string[], {});
  const data = vectors.map((vector, index) => ({
    ...{ object: 'embedding', index },
    embedding: folded(vector, dimensions),
  }));
  const usage = { prompt_tokens: texts.length * 20, total_tokens: texts.length * 20 };
  return { status: 200, body: { object: 'list', model: body.model, data, usage } };
}

/** Not of unit length: not every provider's vectors are. */
function folded(vector: number[], dimensions: number): number[] {
  const sums = new Array<number>(dimensions).fill(0);
  for (const [at, value] of vector.entries()) {
    const to = at % dimensions;
    sums[to] = (sums[to] ?? 0) + 2 * value;
  }
  return sums;
}

function refused(message: string): Answer {
  return { status: 400, body: { error: { message, type: 'invalid_request_error' } } };
}
