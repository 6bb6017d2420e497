import { OpenAPIHono } from '@hono/zod-openapi';
import type { Context, MiddlewareHandler } from 'hono';
import { except } from 'hono/combine';
import { requestId } from 'hono/request-id';
import { DarkroomError } from '../domain/failures.js';
import { imageRoutes } from './api/images.js';
import { uploadRoutes } from './api/upload.js';
import { hostCheck } from './guards/host-check.js';
import { identify } from './guards/identify.js';
import { rateLimit } from './guards/rate-limit.js';
import { requireRole } from './guards/roles.js';
import { sameOriginForSessions } from './guards/same-origin.js';
import { securityHeaders } from './guards/security-headers.js';
import type { HttpDeps, HttpEnv } from './http-deps.js';
import { idempotent } from './idempotency.js';
import { problemAnswer } from './problem.js';
import { jsonBody } from './request-body.js';

/** The whole server without a port: routes, pages, and what stands guard in front of them. */
export function buildApp(deps: HttpDeps): OpenAPIHono<HttpEnv> {
  const app = new OpenAPIHono<HttpEnv>();
  app.onError(problemAnswer(deps));
  app.notFound(() => {
    throw new DarkroomError('RouteNotFound');
  });
  app.use(requestId(), securityHeaders(deps.settings));
  app.use(hostCheck(deps.settings));
  app.use(identify(deps.darkroom), rateLimit(deps.settings), sameOriginForSessions(deps.settings));
  app.use('/api/*', requireRole('owner'));
  app.use('/api/v1/*', unlessUpload(jsonBody(deps.settings), idempotent(deps.idempotency)));
  app.route('/api/v1', buildApi(deps));
  return app;
}

function buildApi(deps: HttpDeps): OpenAPIHono<HttpEnv> {
  const api = new OpenAPIHono<HttpEnv>({
    defaultHook: (result) => {
      if (result.success) return;
      const [issue] = result.error.issues;
      const where = issue?.path.join('.');
      const what = issue?.message ?? 'it cannot be understood';
      throw new DarkroomError('InvalidInput', where ? `${where}: ${what}` : what);
    },
  });
  imageRoutes(api, deps);
  uploadRoutes(api, deps);
  return api;
}

/** Files are read by their own routes, while they come in. */
function unlessUpload(...middleware: MiddlewareHandler<HttpEnv>[]) {
  const isUpload = ({ req }: Context<HttpEnv>) =>
    (req.method === 'POST' && req.path === '/api/v1/images') ||
    (req.method === 'PUT' && /^\/api\/v1\/images\/[^/]+\/original$/.test(req.path));
  return except(isUpload, ...middleware);
}
