import { OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { DarkroomError } from '../../domain/failures.js';
import type { HttpDeps, HttpEnv } from '../http-deps.js';
import { generationRoutes } from './generations.js';
import { imageRoutes } from './images.js';
import { originalRoutes } from './original.js';
import { queueRoutes } from './queues.js';
import { runControlRoutes } from './run-control.js';
import { runListRoutes } from './run-list.js';
import { searchRoutes } from './search.js';
import { storyRoutes } from './story.js';
import { tickRoutes } from './tick.js';
import { tokenRoutes } from './tokens.js';
import { uploadRoutes } from './upload.js';
import { webhookRoutes } from './webhooks.js';

/** Everything under `/api/v1`. */
export function buildApi(deps: HttpDeps): OpenAPIHono<HttpEnv> {
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
  originalRoutes(api, deps);
  searchRoutes(api, deps);
  storyRoutes(api, deps);
  runListRoutes(api, deps);
  runControlRoutes(api, deps);
  tickRoutes(api, deps);
  tokenRoutes(api, deps);
  webhookRoutes(api, deps);
  queueRoutes(api, deps);
  generationRoutes(api, deps);
  return api;
}

/** Files are read by their own routes, while they come in. */
export function isUpload({ req }: Context): boolean {
  return (
    (req.method === 'POST' && req.path === '/api/v1/images') ||
    (req.method === 'PUT' && /^\/api\/v1\/images\/[^/]+\/original$/.test(req.path))
  );
}

/** Its answer is shown once; a kept one would be a token or a secret that is kept. */
export function showsSecret({ req }: Context): boolean {
  return showsSecretAt(req.path);
}

export function showsSecretAt(path: string): boolean {
  return ['/api/v1/tokens', '/api/v1/webhooks'].includes(path);
}
