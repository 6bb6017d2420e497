import { createMiddleware } from 'hono/factory';
import type { HttpEnv, HttpSettings } from '../http-deps.js';

/** No inline script, no inline style, nothing from elsewhere, in nobody's frame. */
export function securityHeaders({ variantOrigin }: HttpSettings) {
  const policy = [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    `img-src 'self' data:${variantOrigin === undefined ? '' : ` ${variantOrigin}`}`,
    "connect-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; ');

  return createMiddleware<HttpEnv>(async (c, next) => {
    await next();
    // A route that sends files has said more exactly what they may do.
    setUnlessSet(c.res.headers, 'content-security-policy', policy);
    setUnlessSet(c.res.headers, 'cross-origin-resource-policy', 'same-origin');
    setUnlessSet(c.res.headers, 'cache-control', 'no-store');
    c.res.headers.set('x-content-type-options', 'nosniff');
    c.res.headers.set('referrer-policy', 'no-referrer');
    c.res.headers.set('cross-origin-opener-policy', 'same-origin');
  });
}

function setUnlessSet(headers: Headers, name: string, value: string): void {
  if (!headers.has(name)) headers.set(name, value);
}
