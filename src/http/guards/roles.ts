import type { Context } from 'hono';
import { createMiddleware } from 'hono/factory';
import type { Caller, Role } from '../../domain/caller.js';
import { DarkroomError } from '../../domain/failures.js';
import type { HttpEnv } from '../http-deps.js';

/** What is true before `identify` has found somebody. */
export function callerOf(c: Context<HttpEnv>): Caller | undefined {
  return c.get('caller');
}

/** `owner`: whoever has a token, administrators included. */
export function requireRole(role: Role) {
  return createMiddleware<HttpEnv>(async (c, next) => {
    const caller = callerOf(c);
    if (caller === undefined) throw new DarkroomError('Unauthenticated');
    if (role === 'admin' && caller.role !== 'admin') throw new DarkroomError('Forbidden');
    await next();
  });
}
