import { z } from '@hono/zod-openapi';
import type { Role } from '../../domain/caller.js';
import { FAILURES, failureOf, isFailureKind, type FailureKind } from '../../domain/failures.js';
import { requireRole } from '../guards/roles.js';

/** Who may call a route: checked before anything else, and said in the document. */
export function forRole(role: Role) {
  return {
    security: [{ bearer: [] as string[] }],
    middleware: requireRole(role),
    'x-role': role,
  };
}

export function json<T extends z.ZodType>(schema: T, description: string) {
  return { description, content: { 'application/json': { schema } } };
}

/** What is sent along; may be left out when everything in it has a default. */
export function body<T extends z.ZodType>(schema: T) {
  return { body: { content: { 'application/json': { schema } } } };
}

/** What must be sent along. */
export function requiredBody<T extends z.ZodType>(schema: T) {
  return { body: { required: true, content: { 'application/json': { schema } } } };
}

export const ProblemSchema = z
  .object({
    type: z.string(),
    title: z.string().openapi({ description: 'What happened, in words for people' }),
    status: z.int(),
    detail: z.string().optional().openapi({ description: 'What exactly was found' }),
    kind: z.enum(Object.keys(FAILURES).filter(isFailureKind) as [FailureKind, ...FailureKind[]]),
    requestId: z.string(),
  })
  .openapi('Problem');

const PROBLEM = { 'application/problem+json': { schema: ProblemSchema } };

/** The same of a route of administrators, which refuses the tokens of owners. */
export function adminProblems(...kinds: FailureKind[]) {
  return problems('Forbidden', ...kinds);
}

/** The failures that a route is likely to answer, by status. */
export function problems(...kinds: FailureKind[]) {
  const always: FailureKind[] = ['Unauthenticated', 'TooManyRequests'];
  const all = [...new Set([...kinds, ...always])];
  const statuses = [...new Set(all.map((kind) => failureOf(kind).status))];
  return Object.fromEntries(
    statuses.map((status) => {
      const says = all.filter((kind) => failureOf(kind).status === status);
      return [status, { description: says.join(', '), content: PROBLEM }];
    }),
  );
}
