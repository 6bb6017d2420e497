import { OpenAPIHono } from '@hono/zod-openapi';
import { every, except } from 'hono/combine';
import { requestId } from 'hono/request-id';
import { DarkroomError } from '../domain/failures.js';
import { adminPages } from './admin/admin-pages.js';
import { buildApi, isUpload, showsSecret } from './api/build-api.js';
import { codecCors, codecRoutes } from './codec.js';
import { documentRoutes } from './document.js';
import { endlessAnswers } from './guards/endless-answers.js';
import { hostCheck } from './guards/host-check.js';
import { limitAddresses } from './guards/rate-limit.js';
import { requireRole } from './guards/roles.js';
import { sameOriginForSessions } from './guards/same-origin.js';
import { securityHeaders } from './guards/security-headers.js';
import { whoAsks } from './guards/who-asks.js';
import type { HttpDeps, HttpEnv } from './http-deps.js';
import { idempotent } from './idempotency.js';
import { problemAnswer } from './problem.js';
import { healthRoutes } from './operate/health-routes.js';
import { metricsRoute } from './operate/metrics-route.js';
import { jsonBody } from './request-body.js';
import { sessions } from './session.js';
import { replicateHookRoutes } from './replicate-hook.js';
import { variantRoutes } from './variants.js';

/** The whole server without a port: routes, pages, and what stands guard in front of them. */
export function buildApp(deps: HttpDeps): OpenAPIHono<HttpEnv> {
  const { darkroom, settings } = deps;
  const app = new OpenAPIHono<HttpEnv>();
  app.onError(problemAnswer(deps));
  app.notFound(() => {
    throw new DarkroomError('RouteNotFound');
  });
  app.use(requestId(), securityHeaders(settings), endlessAnswers(deps.stopping));
  // Probes name this machine by its address, whatever that is.
  app.route('/', healthRoutes(deps));
  app.route('/', metricsRoute(deps, { ...settings, hosts: [] }));

  app.use(hostCheck(settings));
  app.route('/variants', variantRoutes(deps));
  documentRoutes(app);
  app.use('/hooks/*', limitAddresses(settings));
  app.route('/', replicateHookRoutes(deps));

  const guards = every(whoAsks(darkroom, settings), sameOriginForSessions(settings));
  app.use('/api/*', guards, requireRole('owner'));
  app.use('/api/v1/*', except(isUpload, jsonBody(settings)));
  app.use('/api/v1/*', except([isUpload, showsSecret], idempotent(deps.idempotency)));
  app.route('/api/v1', buildApi(deps));

  app.use('/codec/*', codecCors(deps), whoAsks(darkroom, settings));
  app.route('/codec', codecRoutes(deps));

  app.use('/admin/*', except('/admin/assets/*', every(guards, sessions(deps))));
  app.get('/', (c) => c.redirect('/admin/tasks'));
  app.get('/admin', (c) => c.redirect('/admin/tasks'));
  app.route('/admin', adminPages(deps));
  return app;
}
