import { Hono, type Context } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { counted } from '../../../domain/counted.js';
import { DarkroomError } from '../../../domain/failures.js';
import { SCOPES, type Scope } from '../../../domain/runs.js';
import { formFields } from '../../form.js';
import type { HttpDeps, HttpEnv } from '../../http-deps.js';
import { within } from '../../within.js';
import { doAct } from '../act.js';
import type { Notice } from '../notice.js';

type Page = (
  c: Context<HttpEnv>,
  notice?: Notice,
  status?: ContentfulStatusCode,
) => Promise<Response>;
type Form = (name: string) => string | undefined;

/** How the runs table names who used this page. */
const STARTED_BY = 'the page';

/** A cancelled run ends within seconds; without a worker it would not end at all. */
const CANCEL_PATIENCE_MS = 5_000;

export function taskActions({ darkroom: { backfill } }: HttpDeps, page: Page): Hono<HttpEnv> {
  const routes = new Hono<HttpEnv>();
  const action = (path: string, act: (form: Form) => Promise<string>) =>
    routes.post(path, async (c) => {
      const form = await formOf(c);
      return doAct(c, {
        act: () => act(form),
        to: '/admin/tasks',
        refused: (notice, status) => page(c, notice, status),
      });
    });

  action('/start', async (form) => {
    const { images } = await backfill.start({ scope: scopeOf(form), startedBy: STARTED_BY });
    return `The backfill of ${counted(images, 'image')} is under way.`;
  });
  action('/pause', async () => {
    await backfill.pause();
    return 'Paused. Images in flight finish; no other is started until you resume.';
  });
  action('/resume', async () => {
    await backfill.resume();
    return 'The run goes on.';
  });
  action('/concurrency', async (form) => {
    const concurrency = Number(form('concurrency'));
    await backfill.setConcurrency(concurrency);
    return `${counted(concurrency, 'image')} at once from now on.`;
  });
  action('/cancel', async () => {
    const run = await within(
      (signal) => backfill.cancel(undefined, { signal }),
      CANCEL_PATIENCE_MS,
    );
    if (run === undefined) return 'Cancelling: what is in flight still has to stop.';
    return `Cancelled after ${counted(run.done, 'image')}. What is ready stays ready.`;
  });
  action('/retry', async (form) => {
    const [runId, kind] = [form('runId'), form('kind')];
    const { images } = await backfill.retry({
      ...(runId !== undefined && { runId }),
      ...(kind !== undefined && { kinds: [kind] }),
      startedBy: STARTED_BY,
    });
    return `${counted(images, 'image is', 'images are')} being tried again.`;
  });
  return routes;
}

async function formOf(c: Context<HttpEnv>): Promise<Form> {
  const fields = await formFields(c);
  return (name) => {
    const value = fields[name];
    return typeof value === 'string' && value !== '' ? value : undefined;
  };
}

function scopeOf(form: Form): Scope {
  const asked = form('scope') ?? 'missing';
  const scope = SCOPES.find((known) => known === asked);
  if (scope === undefined) throw new DarkroomError('InvalidInput', `There is no scope "${asked}".`);
  return scope;
}
