import type { Context } from 'hono';
import { isIP } from 'node:net';
import { createMiddleware } from 'hono/factory';
import { DarkroomError } from '../../domain/failures.js';
import type { HttpEnv, HttpSettings } from '../http-deps.js';

const THIS_MACHINE = new Set(['localhost', '127.0.0.1', '[::1]']);

/**
 * A page of any site may let its own name point to this machine and then ask us as if we were it;
 * the browser still says whom it believes to ask.
 */
export function hostCheck({ publicUrl }: HttpSettings) {
  return createMiddleware<HttpEnv>(async (c, next) => {
    const host = askedHost(c);
    if (host === undefined || !(isThisMachine(host) || host === publicUrl?.hostname)) {
      throw new DarkroomError('HostNotAllowed');
    }
    await next();
  });
}

/** Whom the browser believes to ask, without the port; nobody when that is no host. */
export function askedHost(c: Context): string | undefined {
  const header = c.req.header('host') ?? new URL(c.req.url).host;
  const address = `http://${header}`;
  if (/[/\\@?#\s]/.test(header) || !URL.canParse(address)) return undefined;
  return new URL(address).hostname;
}

export function isThisMachine(hostname: string): boolean {
  return THIS_MACHINE.has(hostname);
}

/** Nobody can let an address point to somewhere else. */
export function isAddress(hostname: string): boolean {
  return isIP(hostname.replace(/^\[(.*)\]$/, '$1')) !== 0;
}
