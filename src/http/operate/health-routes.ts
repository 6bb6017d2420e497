import { Hono } from 'hono';
import type { DependencyHealth } from '../../client.js';
import type { HttpDeps, HttpEnv } from '../http-deps.js';

/**
 * `/healthz`: this process is up, whatever else is not; `/readyz`: it can do its work, or which of
 * what it needs is away. For load balancers, so without a token and without anything to learn.
 */
export function healthRoutes({ darkroom }: Pick<HttpDeps, 'darkroom'>): Hono<HttpEnv> {
  const app = new Hono<HttpEnv>();
  app.route('/', aliveRoute());
  app.get('/readyz', async (c) => {
    const checks = Object.entries<DependencyHealth>({ ...(await darkroom.health()) }).map(
      ([name, { ok, says }]) => [name, { ok, says }] as const,
    );
    // Without a provider images are made ready all the same, only not described.
    const needed = checks.filter(([name]) => name !== 'providers');
    const notReady = needed.filter(([, { ok }]) => !ok).map(([name]) => name);
    c.header('Cache-Control', 'no-store');
    return c.json(
      { ready: notReady.length === 0, notReady, ...Object.fromEntries(checks) },
      notReady.length === 0 ? 200 : 503,
    );
  });
  return app;
}

/** What a worker answers too. */
export function aliveRoute(): Hono<HttpEnv> {
  const app = new Hono<HttpEnv>();
  app.get('/healthz', (c) => {
    c.header('Cache-Control', 'no-store');
    return c.json({ ok: true });
  });
  return app;
}
