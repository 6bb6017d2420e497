import { createHash, timingSafeEqual } from 'node:crypto';
import { Hono } from 'hono';
import type { HttpDeps, HttpEnv } from '../http-deps.js';

/** `/metrics` in Prometheus' text format, behind a token when there is one. */
export function metricsRoute({
  metrics,
  metricsToken,
}: Pick<HttpDeps, 'metrics' | 'metricsToken'>): Hono<HttpEnv> {
  const app = new Hono<HttpEnv>();
  if (metrics === undefined) return app;
  app.get('/metrics', async (c) => {
    if (metricsToken !== undefined && !isToken(c.req.header('authorization'), metricsToken)) {
      c.header('WWW-Authenticate', 'Bearer');
      return c.text('METRICS_TOKEN is wanted as a bearer token.\n', 401);
    }
    c.header('Cache-Control', 'no-store');
    c.header('Content-Type', metrics.contentType);
    return c.body(await metrics.text());
  });
  return app;
}

/** By hashes of equal length, so that the time tells nothing about the token. */
function isToken(header: string | undefined, token: string): boolean {
  const [, given] = /^Bearer (.+)$/i.exec(header ?? '') ?? [];
  return given !== undefined && timingSafeEqual(sha256(given), sha256(token));
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
