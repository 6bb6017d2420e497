import type { Context, Hono } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import type { NewWebhook } from '../../../client.js';
import { DarkroomError, failureOf } from '../../../domain/failures.js';
import { formFields, type FormFields } from '../../form.js';
import type { HttpDeps, HttpEnv } from '../../http-deps.js';
import { doAct } from '../act.js';
import type { Notice } from '../notice.js';

/** The page again, with what came of a form. */
export type ShowSettings = (
  c: Context<HttpEnv>,
  shown: { notice?: Notice; status?: ContentfulStatusCode; secret?: string },
) => Promise<Response>;

/** What the forms of endpoints and deliveries do. */
export function webhookActions(
  routes: Hono<HttpEnv>,
  { darkroom: { webhooks } }: HttpDeps,
  page: ShowSettings,
): void {
  const act = (c: Context<HttpEnv>, doing: () => Promise<string>) =>
    doAct(c, {
      act: doing,
      to: '/admin/settings#webhooks',
      refused: (notice, status) => page(c, { notice, status }),
    });

  routes.post('/webhooks', async (c) => {
    try {
      const { secret } = await webhooks.create(endpointOf(await formFields(c)));
      // No redirect: the secret must stand in no address, and is shown this once.
      return await page(c, { secret });
    } catch (error) {
      if (!(error instanceof DarkroomError)) throw error;
      const status = failureOf(error.kind).status as ContentfulStatusCode;
      return page(c, { notice: { mood: 'refused', text: error.message }, status });
    }
  });
  routes.post('/webhooks/:id/remove', (c) =>
    act(c, async () => {
      await webhooks.remove(c.req.param('id'));
      return 'The endpoint is told of nothing more.';
    }),
  );
  routes.post('/webhooks/:id/enable', (c) =>
    act(c, async () => {
      await webhooks.enable(c.req.param('id'));
      return 'The endpoint is told of events again.';
    }),
  );
  routes.post('/webhooks/:id/test', (c) =>
    act(c, async () => {
      await webhooks.test(c.req.param('id'));
      return 'An event to test the endpoint is on its way.';
    }),
  );
  routes.post('/deliveries/:id/resend', (c) =>
    act(c, async () => {
      await webhooks.resend(c.req.param('id'));
      return 'The event is on its way again.';
    }),
  );
}

function endpointOf(fields: FormFields): NewWebhook {
  const text = (name: string) => {
    const value = fields[name];
    return typeof value === 'string' ? value.trim() : '';
  };
  const [url, kind, ownerId, events] = [text('url'), text('kind'), text('ownerId'), text('events')];
  if (url === '') throw new DarkroomError('InvalidInput', 'An endpoint needs an address.');
  if (kind === 'owner' && ownerId === '') {
    throw new DarkroomError('InvalidInput', 'Name the owner whose images it is told of.');
  }
  return {
    url,
    ...(kind === 'admin' && { admin: true }),
    ...(ownerId !== '' && { ownerId }),
    ...(events !== '' && { events: events.split(',').map((event) => event.trim()) }),
  };
}
