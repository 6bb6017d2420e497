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
    const host = hostOf(c.req.header('host') ?? new URL(c.req.url).host);
    if (host === undefined || !(THIS_MACHINE.has(host) || host === publicUrl?.hostname)) {
      throw new DarkroomError('HostNotAllowed');
    }
    await next();
  });
}

/** The name without its port. */
function hostOf(header: string): string | undefined {
  const address = `http://${header}`;
  if (/[/\\@?#\s]/.test(header) || !URL.canParse(address)) return undefined;
  return new URL(address).hostname;
}
