import { Hono } from 'hono';
import { DarkroomError } from '../domain/failures.js';
import { verdictOn } from '../notify/verify.js';
import type { HttpDeps, HttpEnv } from './http-deps.js';
import { textOf } from './request-body.js';

/**
 * Where Replicate tells of the end of a prediction (generation/replicate-webhook.ts). It needs no
 * token, because it is signed; and nothing is taken from it but that there is news: whoever waits for
 * the prediction asks for it at once. So one that comes twice, early or late does no harm.
 */
export function replicateHookRoutes({
  darkroom,
  settings,
}: Pick<HttpDeps, 'darkroom' | 'settings'>): Hono<HttpEnv> {
  const app = new Hono<HttpEnv>();
  app.post('/hooks/replicate/:id/:attempt', async (c) => {
    const { replicateWebhookSecret: secret } = settings;
    if (secret === undefined) throw new DarkroomError('RouteNotFound');
    const webhook = {
      id: c.req.header('webhook-id'),
      timestamp: c.req.header('webhook-timestamp'),
      signature: c.req.header('webhook-signature'),
      body: await textOf(c, settings),
    };
    switch (verdictOn(webhook, secret, Date.now())) {
      case 'forged':
        throw new DarkroomError('Unauthenticated', 'The signature of the webhook is not right.');
      case 'stale':
        throw new DarkroomError('InvalidInput', 'The webhook was sent too long ago.');
      case 'genuine':
        if (!(await darkroom.wakeGeneration(c.req.param('id')))) {
          throw new DarkroomError('GenerationNotFound');
        }
        return c.body(null, 204);
    }
  });
  return app;
}
