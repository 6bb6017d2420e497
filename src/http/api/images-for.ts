import type { Context } from 'hono';
import type { Darkroom, Images } from '../../client.js';
import type { HttpEnv } from '../http-deps.js';

/** All images for an administrator; for the token of an owner there are none but its own. */
export function imagesFor(c: Context<HttpEnv>, darkroom: Darkroom): Images {
  const caller = c.get('caller');
  return caller.role === 'owner' ? darkroom.as(caller.ownerId) : darkroom;
}
