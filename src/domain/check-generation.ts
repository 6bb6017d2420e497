import { DarkroomError } from './failures.js';
import { GENERATION_PROVIDERS, RESULT_FORMATS, type Generation } from './generation.js';
import { isUuid } from './ids.js';
import { isStyle, STYLES } from './styles.js';

/**
 * What may be asked of a generation, as it came: from JSON, from a program, or from a row that
 * somebody inserted by SQL. What is absent or null is left to its default.
 */
export type AskedOfGeneration = { readonly [Field in keyof RequestedGeneration]?: unknown };

/** The fields of a generation that somebody may ask for; absent ones have defaults. */
export type NewGeneration = Pick<Generation, 'ownerId' | 'prompt'> & Partial<RequestedGeneration>;

type RequestedGeneration = Pick<
  Generation,
  | 'id'
  | 'ownerId'
  | 'prompt'
  | 'negativePrompt'
  | 'provider'
  | 'model'
  | 'modelVersion'
  | 'widthPx'
  | 'heightPx'
  | 'steps'
  | 'guidanceScale'
  | 'seed'
  | 'sourceImage'
  | 'strength'
  | 'style'
  | 'format'
  | 'priority'
  | 'maxAttempts'
  | 'timeoutSeconds'
>;

/** In characters. Models read a few hundred words and forget the rest without saying so. */
export const LONGEST_PROMPT = 4_000;
const LEAST_SIDE_PX = 64;
const MOST_SIDE_PX = 2_048;
const MOST_STEPS = 200;
/** Those of a signed 32-bit number, which is what every model takes. */
const MOST_SEED = 2_147_483_647;
const MOST_PRIORITY = 1_000_000;

/**
 * Everything that is wrong with it, a sentence each; nothing when it can be tried. Whether an image
 * that it names is there, only the catalog knows.
 */
export function problemsOf(asked: AskedOfGeneration): string[] {
  return [
    ...own(asked.id),
    ...text('The owner', asked.ownerId, { longest: 200, needed: true }),
    ...text('The prompt', asked.prompt, { longest: LONGEST_PROMPT, needed: true }),
    ...text('The negative prompt', asked.negativePrompt, { longest: LONGEST_PROMPT }),
    ...oneOf('provider', asked.provider, GENERATION_PROVIDERS),
    ...text('The model', asked.model, { longest: 200 }),
    ...text('The version of the model', asked.modelVersion, { longest: 200 }),
    ...side('The width', asked.widthPx),
    ...side('The height', asked.heightPx),
    ...whole('The number of steps', asked.steps, { least: 1, most: MOST_STEPS }),
    ...between('The guidance scale', asked.guidanceScale, { least: 0, most: 50 }),
    ...whole('The seed', asked.seed, { least: 0, most: MOST_SEED }),
    ...source(asked),
    ...style(asked.style),
    ...oneOf('format', asked.format, RESULT_FORMATS),
    ...whole('The priority', asked.priority, { least: -MOST_PRIORITY, most: MOST_PRIORITY }),
    ...whole('The number of tries', asked.maxAttempts, { least: 1, most: 10 }),
    ...whole('The time-out in seconds', asked.timeoutSeconds, { least: 10, most: 1_800 }),
  ];
}

/** @throws DarkroomError `InvalidInput` with every problem */
export function checkGeneration(asked: AskedOfGeneration): void {
  const problems = problemsOf(asked);
  if (problems.length > 0) throw new DarkroomError('InvalidInput', problems.join(' '));
}

interface Range {
  least: number;
  most: number;
}

const isAbsent = (value: unknown): value is null | undefined =>
  value === undefined || value === null;

function own(id: unknown): string[] {
  if (isAbsent(id) || (typeof id === 'string' && isUuid(id))) return [];
  return ['The id must be a UUID.'];
}

function text(
  what: string,
  value: unknown,
  { longest, needed = false }: { longest: number; needed?: boolean },
): string[] {
  if (isAbsent(value)) return needed ? [`${what} is missing.`] : [];
  if (typeof value !== 'string') return [`${what} must be a text.`];
  if (value.trim() === '') return [`${what} is empty.`];
  // No database can keep it.
  if (/[\0\p{Surrogate}]/u.test(value)) return [`${what} holds a character that is none.`];
  if ([...value].length > longest) return [`${what} is longer than ${longest} characters.`];
  return [];
}

function whole(what: string, value: unknown, { least, most }: Range): string[] {
  if (isAbsent(value)) return [];
  const fits = Number.isInteger(value) && isWithin(value, { least, most });
  return fits ? [] : [`${what} must be a whole number from ${least} to ${most}.`];
}

function between(what: string, value: unknown, range: Range): string[] {
  if (isAbsent(value) || isWithin(value, range)) return [];
  return [`${what} must be a number from ${range.least} to ${range.most}.`];
}

function isWithin(value: unknown, { least, most }: Range): boolean {
  return typeof value === 'number' && value >= least && value <= most;
}

/** What a model cannot make exactly its provider rounds. */
function side(what: string, value: unknown): string[] {
  if (isAbsent(value)) return [];
  const range = { least: LEAST_SIDE_PX, most: MOST_SIDE_PX };
  if (Number.isInteger(value) && isWithin(value, range)) return [];
  return [`${what} must be a whole number of pixels from ${range.least} to ${range.most}.`];
}

function oneOf(what: string, value: unknown, known: readonly string[]): string[] {
  if (isAbsent(value) || known.some((it) => it === value)) return [];
  return [`There is no ${what} ${quoted(value)}; there are ${known.join(', ')}.`];
}

function style(value: unknown): string[] {
  return isStyle(value) ? [] : oneOf('style', value, Object.keys(STYLES));
}

function source({ sourceImage, strength }: AskedOfGeneration): string[] {
  const problems = between('The strength', strength, { least: 0, most: 1 });
  if (isAbsent(sourceImage)) {
    if (!isAbsent(strength)) problems.push('A strength needs a source image.');
  } else if (typeof sourceImage !== 'string' || !(isUuid(sourceImage) || isHttps(sourceImage))) {
    problems.push('The source image must be the id of an image or an https: address.');
  }
  return problems;
}

/** Whether it may be fetched is found out when it is. */
function isHttps(address: string): boolean {
  return address.length <= 2_000 && /^https:\/\/[^\s/@]+(\/\S*)?$/i.test(address);
}

function quoted(value: unknown): string {
  return typeof value === 'string' ? `"${value.slice(0, 60)}"` : `of type ${typeof value}`;
}
