import type { Context } from 'hono';
import type { Darkroom, Owned } from '../../client.js';
import type { HttpEnv } from '../http-deps.js';

/** Everybody's for an administrator; for the token of an owner there is nothing but its own. */
export function forCaller(c: Context<HttpEnv>, darkroom: Darkroom): Owned {
  const caller = c.get('caller');
  return caller.role === 'owner' ? darkroom.as(caller.ownerId) : darkroom;
}
