import { DarkroomError } from './failures.js';
import { isUuid } from './ids.js';
import { STEPS, type Step } from './image.js';
import { SCOPES, type Scope } from './runs.js';

/** What may be asked of a run; checked where no compiler has seen it. */
export interface AskedOfRun {
  scope?: Scope;
  steps?: Step[];
  concurrency?: number;
  pageSize?: number;
  pagesPerExecution?: number;
  limit?: number;
  ids?: string[];
}

/** More children in flight than this make one parent's history the bottleneck. */
export const MAX_CONCURRENCY = 500;

/** More would make one query and one history event heavy. */
export const MAX_PAGE_SIZE = 1_000;

/** They travel in every input of the run, so there is an end to them. */
const MAX_IDS = 1_000;

/** @throws DarkroomError `InvalidInput` that says what may be asked instead */
export function checkRun(asked: AskedOfRun): void {
  if (asked.scope !== undefined) checkScope(asked.scope);
  if (asked.steps !== undefined) checkSteps(asked.steps);
  if (asked.ids !== undefined) checkIds(asked.ids);
  checkWhole('The concurrency', asked.concurrency, MAX_CONCURRENCY);
  checkWhole('The page size', asked.pageSize, MAX_PAGE_SIZE);
  checkWhole('Pages per execution', asked.pagesPerExecution, 1_000);
  checkWhole('The limit', asked.limit, Number.MAX_SAFE_INTEGER);
}

export function checkScope(scope: string): void {
  if (SCOPES.some((known) => known === scope)) return;
  refuse(`"${scope}" is no scope; there are ${SCOPES.join(', ')}.`);
}

/** At least one, and only those that exist. */
export function checkSteps(steps: readonly string[]): void {
  const unknown = steps.find((step) => !STEPS.some((known) => known === step));
  if (unknown !== undefined) refuse(`"${unknown}" is no step; there are ${STEPS.join(', ')}.`);
  if (steps.length === 0) refuse(`A run needs a step; there are ${STEPS.join(', ')}.`);
}

/** The database could not even compare others. */
function checkIds(ids: string[]): void {
  const strange = ids.find((imageId) => !isUuid(imageId));
  if (strange !== undefined) refuse(`"${strange}" is not the id of an image.`);
  if (ids.length > MAX_IDS) refuse(`A run takes at most ${MAX_IDS} ids.`);
}

export function checkConcurrency(concurrency: number): void {
  checkWhole('The concurrency', concurrency, MAX_CONCURRENCY);
}

function checkWhole(what: string, value: number | undefined, most: number): void {
  if (value === undefined || (Number.isInteger(value) && value >= 1 && value <= most)) return;
  const range = most < Number.MAX_SAFE_INTEGER ? `from 1 to ${most}` : 'above 0';
  refuse(`${what} must be a whole number ${range}.`);
}

function refuse(words: string): never {
  throw new DarkroomError('InvalidInput', words);
}
