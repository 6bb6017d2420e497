import { Hono, type Context } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { hasEnded } from '../../../domain/generation.js';
import { DarkroomError } from '../../../domain/failures.js';
import type { HttpDeps, HttpEnv } from '../../http-deps.js';
import { doAct } from '../act.js';
import type { Notice } from '../notice.js';
import { Said } from '../said.js';
import { markup, type ShowPage } from '../show-page.js';
import { GenerationPage, GenerationRegion } from './generation-page.js';
import { shortPrompt, STATUS_WORDS } from './job-state.js';
import { jobsOf, stageOf, type Job } from './jobs.js';

/** One generation: its picture, everything that is known of it, and what to do with it. */
export function generationPages(deps: HttpDeps, show: ShowPage): Hono<HttpEnv> {
  const { darkroom } = deps;
  const routes = new Hono<HttpEnv>();

  const page = async (
    c: Context<HttpEnv>,
    { notice, status = 200 }: { notice?: Notice; status?: ContentfulStatusCode } = {},
  ): Promise<Response> => {
    const job = await found(deps, c);
    return show(c, {
      ...{ title: titleOf(job), active: 'generate', status },
      styles: ['ratios.css', 'image.css', 'generate.css'],
      ...(notice !== undefined && { notice }),
      body: <GenerationPage job={job} deps={deps} />,
    });
  };

  routes.get('/:id', (c) => page(c));
  routes.get('/:id/live', async (c) => {
    const job = await found(deps, c);
    if (c.req.query('seen') === stageOf(job)) return c.body(null, 204);
    return c.html(
      await markup(
        <>
          <title>{titleOf(job)} - Darkroom</title>
          <GenerationRegion job={job} deps={deps} />
          {hasEnded(job.generation) && <Said words={`${STATUS_WORDS[job.generation.status]}.`} />}
        </>,
      ),
    );
  });
  routes.post('/:id/cancel', (c) => {
    const id = c.req.param('id');
    return doAct(c, {
      act: async () => {
        const { prompt } = await darkroom.cancelGeneration(id);
        return `“${shortPrompt(prompt)}” is being cancelled.`;
      },
      to: `/admin/generate/${id}`,
      refused: (notice, status) => page(c, { notice, status }),
    });
  });
  return routes;
}

async function found({ darkroom }: HttpDeps, c: Context<HttpEnv>): Promise<Job> {
  const id = c.req.param('id') ?? '';
  const generation = await darkroom.generation(id);
  const [job] = generation === undefined ? [] : await jobsOf(darkroom, [generation]);
  if (job !== undefined) return job;
  throw new DarkroomError('GenerationNotFound', `There is no generation ${id}.`);
}

function titleOf({ generation: { status, prompt, progress } }: Job): string {
  const state = status === 'processing' ? `${progress} %` : STATUS_WORDS[status];
  return status === 'completed' ? shortPrompt(prompt) : `${state}: ${shortPrompt(prompt)}`;
}
