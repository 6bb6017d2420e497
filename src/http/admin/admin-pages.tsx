import { Hono } from 'hono';
import { DarkroomError, failureOf } from '../../domain/failures.js';
import type { HttpDeps, HttpEnv } from '../http-deps.js';
import { assetRoutes } from './assets.js';
import { showError, showMissing } from './error-page.js';
import { formLimits } from './form-limits.js';
import { generatePages } from './generate/generate-pages.js';
import { generationPages } from './generate/generation-pages.js';
import { imagePages } from './image/image-pages.js';
import { imagesPages } from './images/images-pages.js';
import { Memory } from './memory.js';
import { searchPages } from './search/search-pages.js';
import { queuesPages } from './queues/queues-pages.js';
import { settingsPages } from './settings/settings-pages.js';
import { showPageWith } from './show-page.js';
import { tasksPages } from './tasks/tasks-pages.js';

/**
 * The pages for administrators, to be mounted at `/admin` behind whatever lets only them in and
 * refuses forms of other sites. Everything works without script, which only makes it live.
 */
export function adminPages(deps: HttpDeps): Hono<HttpEnv> {
  const pages = new Hono<HttpEnv>();
  const memory = new Memory();
  const show = showPageWith(deps);
  pages.use('*', async (c, next) => {
    await next();
    if (c.req.method !== 'GET') memory.forget();
    // What is shown to administrators is nobody else's, and old a second later.
    if (!c.res.headers.has('Cache-Control')) c.header('Cache-Control', 'no-store');
  });
  pages.use('*', formLimits(deps.settings));
  pages.get('/', (c) => c.redirect('/admin/tasks'));
  pages.route('/assets', assetRoutes());
  pages.route('/tasks', tasksPages(deps, show, memory));
  pages.route('/images', imagesPages(deps, show, memory));
  pages.route('/images', imagePages(deps, show));
  pages.route('/search', searchPages(deps, show, memory));
  pages.route('/generate', generatePages(deps, show, memory));
  pages.route('/generate', generationPages(deps, show));
  pages.route('/queues', queuesPages(deps, show, memory));
  pages.route('/settings', settingsPages(deps, show, memory));
  pages.all('*', (c) => showMissing(c, show));
  pages.onError((error, c) => {
    const foreseen = error instanceof DarkroomError && failureOf(error.kind).status < 500;
    if (!foreseen) deps.report?.(error, c.get('requestId'));
    return showError(c, show, error);
  });
  return pages;
}
