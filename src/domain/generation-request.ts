import { problemsOf, type AskedOfGeneration, type NewGeneration } from './check-generation.js';
import { DarkroomError } from './failures.js';

/** A request by its names in JSON, which are those of programs; absent fields have defaults. */
export interface GenerationRequest {
  /**
   * A UUID of one's own, of version 7 so that lists keep their order. Whoever asks again with it, because the
   * answer was lost, gets the generation that there is, and no second picture.
   */
  id?: string;
  prompt: string;
  /** Whose picture it becomes; the configured owner by default. */
  ownerId?: string;
  negativePrompt?: string;
  /** `mock` or `replicate`; the configured one by default. */
  provider?: string;
  /** What others call the provider. */
  backend?: string;
  /** As its provider names it. */
  model?: string;
  modelVersion?: string;
  /** In pixels, 1024 by default. */
  width?: number;
  height?: number;
  /** Of denoising. */
  steps?: number;
  guidanceScale?: number;
  seed?: number;
  /** The id of an image of the owner, or an https: address. */
  sourceImage?: string;
  /** How far from its source: 0 stays with it, 1 forgets it. */
  strength?: number;
  /** A named preset that rewrites the prompt (domain/styles.ts). */
  style?: string;
  /** `png` by default. */
  format?: string;
  /** Higher first; 0 by default. */
  priority?: number;
  /** 3 by default. */
  maxAttempts?: number;
  /** From the moment it gets a slot; 600 by default. */
  timeoutSeconds?: number;
}

/** What each name stands for. */
const FIELDS: Readonly<Record<keyof GenerationRequest, keyof AskedOfGeneration>> = {
  id: 'id',
  prompt: 'prompt',
  ownerId: 'ownerId',
  negativePrompt: 'negativePrompt',
  provider: 'provider',
  backend: 'provider',
  model: 'model',
  modelVersion: 'modelVersion',
  width: 'widthPx',
  height: 'heightPx',
  steps: 'steps',
  guidanceScale: 'guidanceScale',
  seed: 'seed',
  sourceImage: 'sourceImage',
  strength: 'strength',
  style: 'style',
  format: 'format',
  priority: 'priority',
  maxAttempts: 'maxAttempts',
  timeoutSeconds: 'timeoutSeconds',
};

/** Longer than for rows of SQL, whose writers wait for them. */
export const USUAL_TIMEOUT_SECONDS = 600;
/** Of rows of SQL as well. */
export const USUAL_TRIES = 3;
const MOST_AT_ONCE = 1_000;

export interface ReadRequest {
  asked: AskedOfGeneration;
  /** Everything that is wrong with it, a sentence each. */
  problems: string[];
}

/** @param request whatever came in */
export function readRequest(request: unknown, ownerId: string): ReadRequest {
  if (typeof request !== 'object' || request === null || Array.isArray(request)) {
    return { asked: {}, problems: ['It must be an object with a prompt.'] };
  }
  const asked: Partial<Record<keyof AskedOfGeneration, unknown>> = {};
  const unknown: string[] = [];
  for (const [name, value] of Object.entries(request)) {
    if (value === undefined || value === null) continue;
    if (isField(name)) asked[FIELDS[name]] ??= value;
    else unknown.push(`There is no field "${name.slice(0, 60)}".`);
  }
  asked.ownerId ??= ownerId;
  asked.timeoutSeconds ??= USUAL_TIMEOUT_SECONDS;
  return { asked, problems: [...unknown, ...problemsOf(asked)] };
}

/** Those that were read and that have no problem. */
export function requested({ asked }: ReadRequest): NewGeneration {
  return asked as NewGeneration;
}

/**
 * @param each of one request after another, its problems
 * @throws DarkroomError `InvalidInput` with all problems, behind the index of their request
 */
export function refuseProblems(each: string[][], isArray: boolean): void {
  if (each.length === 0)
    throw new DarkroomError('InvalidInput', 'There is no request in the list.');
  if (each.length > MOST_AT_ONCE) {
    const words = `There are ${each.length} requests in the list, more than ${MOST_AT_ONCE}.`;
    throw new DarkroomError('InvalidInput', words);
  }
  const found = each.map((problems, index) => ({ problems, place: isArray ? `[${index}] ` : '' }));
  const wrong = found.filter(({ problems }) => problems.length > 0);
  if (wrong.length === 0) return;
  const message = wrong.map(({ problems, place }) => `${place}${problems.join(' ')}`).join(' ');
  const problems = wrong.flatMap((it) => it.problems.map((problem) => `${it.place}${problem}`));
  throw new DarkroomError('InvalidInput', message, { problems });
}

function isField(name: string): name is keyof GenerationRequest {
  return Object.hasOwn(FIELDS, name);
}
