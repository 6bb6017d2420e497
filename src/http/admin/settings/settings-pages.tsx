import { Hono, type Context } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { DarkroomError, failureOf, type FailureKind } from '../../../domain/failures.js';
import { formFields, type FormFields } from '../../form.js';
import type { HttpDeps, HttpEnv } from '../../http-deps.js';
import { doAct } from '../act.js';
import type { Notice } from '../notice.js';
import type { Memory } from '../memory.js';
import type { ShowPage } from '../show-page.js';
import { took } from '../words.js';
import { ProvidersSection } from './providers-section.js';
import { RecipeTable, type RecipeCost } from './recipe-table.js';
import { TokensSection } from './tokens-section.js';
import { webhookActions } from './webhook-actions.js';
import { WebhooksSection } from './webhooks-section.js';

interface Shown {
  notice?: Notice;
  status?: ContentfulStatusCode;
  /** A token that was created just now. */
  created?: string;
  /** Of an endpoint that was added just now. */
  secret?: string;
}

/** Enough to see what goes on; the command line and the API have the rest. */
const DELIVERIES = 25;

/** Among so many of the newest is the last that a provider failed, or it is long ago. */
const LAST_FAILED = 50;

/** Counting a whole library takes a while. */
const COST_MS = 5_000;

export function settingsPages(deps: HttpDeps, show: ShowPage, memory: Memory): Hono<HttpEnv> {
  const routes = new Hono<HttpEnv>();
  const cost = memory.keep(COST_MS, () => recipeCost(deps));

  const page = async (c: Context<HttpEnv>, { notice, status = 200, created, secret }: Shown = {}) =>
    show(c, {
      ...{ title: 'Settings', active: 'settings', styles: ['settings.css'], status },
      ...(notice !== undefined && { notice }),
      body: (
        <div class="settings">
          <h1 tabindex={-1}>Settings</h1>
          <RecipeTable recipe={deps.darkroom.recipe} cost={await cost()} />
          <ProvidersSection {...await providersOf(deps)} />
          <TokensSection
            tokens={await deps.darkroom.tokens.list()}
            {...(created !== undefined && { created })}
          />
          <WebhooksSection
            endpoints={await deps.darkroom.webhooks.list()}
            deliveries={await deps.darkroom.webhooks.deliveries({ limit: DELIVERIES })}
            {...(secret !== undefined && { secret })}
          />
        </div>
      ),
    });

  routes.get('/', (c) => page(c));
  routes.post('/tokens', async (c) => {
    try {
      const { token } = await deps.darkroom.tokens.create(tokenOf(await formFields(c)));
      // No redirect: the token must stand in no address, and is shown this once.
      return await page(c, { created: token });
    } catch (error) {
      if (!(error instanceof DarkroomError)) throw error;
      return page(c, { notice: { mood: 'refused', text: error.message }, status: 400 });
    }
  });
  webhookActions(routes, deps, page);
  routes.post('/providers/:step/test', (c) =>
    doAct(c, {
      act: () => testProvider(deps, c.req.param('step')),
      to: '/admin/settings',
      refused: (notice, status) => page(c, { notice, status }),
    }),
  );
  routes.post('/tokens/:id/revoke', (c) =>
    doAct(c, {
      act: async () => {
        await deps.darkroom.tokens.revoke(c.req.param('id'));
        return 'The token does not work any more.';
      },
      to: '/admin/settings',
      refused: (notice, status) => page(c, { notice, status }),
    }),
  );
  return routes;
}

async function providersOf({ darkroom, settings: { generation } }: HttpDeps) {
  const providers = await darkroom.providers.list();
  const failed = await darkroom.generations({ status: 'failed', limit: LAST_FAILED });
  // What was wrong with a request says nothing about who makes the pictures.
  const lastFailed = failed.find(({ failure }) => failure && isOfProvider(failure.kind));
  return { providers, generation, ...(lastFailed && { lastFailed }) };
}

function isOfProvider(kind: FailureKind): boolean {
  return failureOf(kind).fault === 'provider';
}

async function testProvider({ darkroom }: HttpDeps, step: string): Promise<string> {
  if (step !== 'metadata' && step !== 'embedding') {
    throw new DarkroomError('InvalidInput', `No provider does "${step}".`);
  }
  const { ok, says, ms } = await darkroom.providers.test(step);
  if (!ok) throw new DarkroomError('InvalidInput', `The test of ${step} failed: ${says}`);
  return `The test of ${step} took ${took(ms)}. ${says}`;
}

async function recipeCost({ darkroom }: HttpDeps): Promise<RecipeCost> {
  const [stale, all, { ready }] = await Promise.all([
    darkroom.backfill.preview({ scope: 'stale', steps: ['variants'] }),
    darkroom.backfill.preview({ scope: 'all', steps: ['variants'] }),
    darkroom.stats(),
  ]);
  // What is not ready has nothing that could become stale.
  const share = all.images === 0 ? 0 : ready / all.images;
  return {
    stale: stale.images,
    all: {
      images: ready,
      bytes: all.bytes * share,
      ...(all.minutes !== undefined && { minutes: all.minutes * share }),
    },
  };
}

function tokenOf(fields: FormFields) {
  const text = (name: string) => {
    const value = fields[name];
    return typeof value === 'string' ? value.trim() : '';
  };
  const [name, ownerId] = [text('name'), text('ownerId')];
  const role = text('role');
  if (name === '') throw new DarkroomError('InvalidInput', 'A token needs a name.');
  if (role === 'admin') return { name, role } as const;
  if (role !== 'owner') throw new DarkroomError('InvalidInput', `There is no role "${role}".`);
  if (ownerId === '')
    throw new DarkroomError('InvalidInput', 'Name the owner whose images it is for.');
  return { name, role, ownerId } as const;
}
