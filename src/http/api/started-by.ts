import type { Context } from 'hono';
import type { HttpEnv } from '../http-deps.js';

/** Who asks for a run, as the list of runs says it. */
export function startedByToken(c: Context<HttpEnv>): string {
  return `api token ${c.get('caller').tokenName}`;
}
