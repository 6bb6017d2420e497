import { z } from 'zod';
import { DarkroomError } from '../domain/failures.js';
import type { Words } from '../domain/image.js';

/** The strictest form that all endpoints take: everything required, and no limits of length. */
export const ANSWER_SCHEMA = {
  type: 'object',
  properties: {
    description: { type: 'string' },
    tags: { type: 'array', items: { type: 'string' } },
    category: { type: 'string' },
    mood: { type: 'string' },
  },
  required: ['description', 'tags', 'category', 'mood'],
  additionalProperties: false,
} as const;

const MAX_DESCRIPTION = 1_000;
const MAX_TAGS = 12;
const MAX_WORD = 60;

/** A word as it stands in the catalog: lower-case, one space at most, no hash in front. */
const word = z.string().transform((text) => {
  const plain = text.normalize('NFC').replace(/[\p{Cc}\s]+/gu, ' ');
  return plain
    .trim()
    .replace(/^#+\s*/, '')
    .toLowerCase()
    .slice(0, MAX_WORD)
    .trim();
});

/** Looser than what was asked for, because not every endpoint keeps to it. */
const Answer = z.object({
  description: z
    .string()
    .transform((text) =>
      text
        .replace(/[\p{Cc}\s]+/gu, ' ')
        .trim()
        .slice(0, MAX_DESCRIPTION),
    )
    .refine((text) => text !== '', 'it is empty'),
  tags: z
    .union([
      z.array(word),
      z.string().transform((text) => text.split(',').map((it) => word.parse(it))),
    ])
    .transform((tags) => [...new Set(tags.filter((tag) => tag !== ''))].slice(0, MAX_TAGS))
    .refine((tags) => tags.length > 0, 'there are none'),
  category: word.nullish().transform((text) => text || 'other'),
  mood: word.nullish().transform((text) => text || 'neutral'),
});

const Completion = z.object({
  choices: z
    .array(
      z.object({
        finish_reason: z.string().nullish(),
        message: z.object({ content: z.unknown(), refusal: z.string().nullish() }).nullish(),
      }),
    )
    .nullish(),
});

/**
 * What a model said of a picture, in the form of the catalog.
 * @throws DarkroomError `ContentRejected`, `ProviderAnswerInvalid`
 */
export function wordsIn(completion: unknown): Words {
  const [choice] = Completion.safeParse(completion).data?.choices ?? [];
  if (choice === undefined) throw invalid('there is none in it');
  const { finish_reason: reason, message } = choice;
  if (message?.refusal) throw new DarkroomError('ContentRejected', 'The model refused to answer.');
  if (reason === 'content_filter') {
    throw new DarkroomError('ContentRejected', "The provider's content filter stepped in.");
  }
  if (reason === 'length') throw invalid('it broke off at the limit of its length');
  const answer = Answer.safeParse(objectIn(textOf(message?.content)));
  if (answer.success) return answer.data;
  const [issue] = answer.error.issues;
  throw invalid(`${issue?.path.join('.') || 'it'}: ${issue?.message ?? 'not understood'}`);
}

/** Some send the text in parts. */
function textOf(content: unknown): string {
  if (typeof content === 'string') return content;
  const parts = Array.isArray(content) ? (content as { text?: unknown }[]) : [];
  return parts.map(({ text }) => (typeof text === 'string' ? text : '')).join('');
}

/** Models put fences and politeness around what they were asked for. */
function objectIn(text: string): unknown {
  const [begin, end] = [text.indexOf('{'), text.lastIndexOf('}')];
  if (begin === -1 || end < begin) throw invalid('it holds no JSON object');
  try {
    return JSON.parse(text.slice(begin, end + 1)) as unknown;
  } catch {
    throw invalid('its JSON is broken');
  }
}

function invalid(what: string): DarkroomError {
  return new DarkroomError('ProviderAnswerInvalid', `The description cannot be read: ${what}.`);
}
