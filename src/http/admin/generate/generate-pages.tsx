import { Hono, type Context } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import type { GenerationCounts } from '../../../catalog/generations.js';
import { DarkroomError, failureOf } from '../../../domain/failures.js';
import { USUAL_TIMEOUT_SECONDS, USUAL_TRIES } from '../../../domain/generation-request.js';
import {
  GENERATION_STATUSES,
  hasEnded,
  OPEN_STATUSES,
  type GenerationStatus,
} from '../../../domain/generation.js';
import { formFields } from '../../form.js';
import type { HttpDeps, HttpEnv } from '../../http-deps.js';
import type { Memory } from '../memory.js';
import { Said } from '../said.js';
import { markup, type ShowPage } from '../show-page.js';
import { fieldsAgain, fieldsOf, requestOf, type FormFields } from './form-fields.js';
import { GenerateForm, Problems } from './generate-form.js';
import { History } from './history.js';
import { JobCard } from './job-card.js';
import { shortPrompt, STATUS_WORDS } from './job-state.js';
import { jobsOf, readLiveMark, stageOf, type Job } from './jobs.js';
import { PreviewText, SourceShown } from './preview.js';

const PAGE = 24;
/** More than anybody sees at once; the others are looked at when these have ended. */
const MOST_LIVE = 200;
/** What holds where nothing is typed. */
const USUAL = {
  ...{ priority: '0', format: 'png' },
  ...{ maxAttempts: `${USUAL_TRIES}`, timeoutSeconds: `${USUAL_TIMEOUT_SECONDS}` },
};
/** They are counted over all rows. */
const COUNTS_MS = 2_000;

export function generatePages(deps: HttpDeps, show: ShowPage, memory: Memory): Hono<HttpEnv> {
  const { darkroom, settings } = deps;
  const routes = new Hono<HttpEnv>();
  const counts = memory.keep(COUNTS_MS, () => darkroom.generationCounts());

  const page = async (
    c: Context<HttpEnv>,
    fields: FormFields,
    { problems = [], status = 200 }: { problems?: string[]; status?: ContentfulStatusCode } = {},
  ): Promise<Response> => {
    const [history, counted] = [await listed(deps, c.req.query()), await counts()];
    return show(c, {
      ...{ title: titleOf(counted), active: 'generate', status },
      styles: ['ratios.css', 'images.css', 'generate.css'],
      body: (
        <div class="generate">
          <header class="head">
            <h1>Generate</h1>
          </header>
          <GenerateForm {...{ fields, problems, settings }} {...await sourceOf(deps, fields)} />
          <History {...history} />
        </div>
      ),
    });
  };

  routes.get('/', async (c) => page(c, await prefilled(deps, c.req.query())));
  routes.post('/', async (c) => {
    const fields = fieldsOf(await formFields(c));
    const scripted = c.req.header('HX-Request') === 'true';
    try {
      const [made] = await darkroom.generate(requestOf(fields));
      if (!scripted) return c.redirect(`/admin/generate?again=${made?.id}`, 303);
      return c.html(await newCard(deps, made?.id ?? ''));
    } catch (error) {
      if (!(error instanceof DarkroomError)) throw error;
      const status = failureOf(error.kind).status as ContentfulStatusCode;
      if (status >= 500) deps.report?.(error, c.get('requestId'));
      const problems = error.problems ?? [error.message];
      if (!scripted) return page(c, fields, { problems, status });
      return c.html(await markup(<Problems problems={problems} />), status);
    }
  });
  routes.post('/preview', async (c) => {
    const fields = fieldsOf(await formFields(c));
    return c.html(await previewOf(deps, fields));
  });
  routes.get('/cards', async (c) => {
    const marks = (c.req.queries('live') ?? []).slice(0, MOST_LIVE).map(readLiveMark);
    const changed = await changedJobs(deps, marks);
    if (changed.length === 0) return c.body(null, 204);
    // The last change of all must not leave a title that was true a moment ago.
    const hasEnd = changed.some(({ generation }) => hasEnded(generation));
    const counted = await (hasEnd ? darkroom.generationCounts() : counts());
    return c.html(await changedCards(changed, titleOf(counted)));
  });
  return routes;
}

/** What the browser tab says: how many are under way. */
function titleOf({ byStatus }: GenerationCounts): string {
  const open = OPEN_STATUSES.reduce((sum, status) => sum + byStatus[status], 0);
  return open === 0 ? 'Generate' : `${open} under way, Generate`;
}

/** By the address: the request of an earlier one, or the image to begin with. */
async function prefilled(
  { darkroom, settings }: HttpDeps,
  { again, source }: Record<string, string>,
): Promise<FormFields> {
  const earlier = again ? await darkroom.generation(again) : undefined;
  if (earlier !== undefined) {
    const { defaultOwner: ownerId, generation } = settings;
    return fieldsAgain(earlier, { ...generation, ownerId, ...USUAL });
  }
  if (!source) return {};
  const ownerId = (await darkroom.image(source))?.ownerId;
  const isElsewhere = ownerId !== undefined && ownerId !== settings.defaultOwner;
  // An image is a source for pictures of its owner only.
  return { sourceImage: source, ...(isElsewhere && { ownerId }) };
}

async function sourceOf({ darkroom }: HttpDeps, { sourceImage = '' }: FormFields) {
  const source = sourceImage === '' ? undefined : await darkroom.image(sourceImage.trim());
  return source === undefined ? {} : { source };
}

async function previewOf(deps: HttpDeps, fields: FormFields): Promise<string> {
  return markup(
    <>
      <PreviewText {...fields} />
      <SourceShown {...fields} {...await sourceOf(deps, fields)} outOfBand />
    </>,
  );
}

/** A state that there is none of, and a page that does not begin, are those of everything. */
async function listed({ darkroom }: HttpDeps, query: Record<string, string>) {
  const status = GENERATION_STATUSES.find((it): it is GenerationStatus => it === query.status);
  const found = await darkroom.generations({
    ...(status && { status }),
    ...(query.after && { after: query.after }),
    limit: PAGE + 1,
  });
  const next = found.length > PAGE ? found[PAGE - 1]?.id : undefined;
  const jobs = await jobsOf(darkroom, found.slice(0, PAGE));
  return { jobs, ...(status && { status }), ...(next !== undefined && { next }) };
}

/** It comes to the front of the history; the form stays as it is, for the next one like it. */
async function newCard({ darkroom }: HttpDeps, id: string): Promise<string> {
  const generation = await darkroom.generation(id);
  if (generation === undefined) return '';
  return markup(
    <>
      <ul hx-swap-oob="afterbegin:#jobs">
        <JobCard job={{ generation }} />
      </ul>
      <Said words={`Asked for: ${shortPrompt(generation.prompt)}`} />
    </>,
  );
}

/** Those of the page that look different by now. */
async function changedJobs(
  { darkroom }: HttpDeps,
  marks: ReturnType<typeof readLiveMark>[],
): Promise<Job[]> {
  if (marks.length === 0) return [];
  const ids = marks.map(({ id }) => id);
  const jobs = await jobsOf(darkroom, await darkroom.generations({ ids, limit: MOST_LIVE }));
  return jobs.filter((job) =>
    marks.some(({ id, stage }) => id === job.generation.id && stage !== stageOf(job)),
  );
}

/** Screen readers hear of ends; all the steps before would be too much. */
function changedCards(changed: Job[], title: string): Promise<string> {
  const ended = changed
    .filter(({ generation }) => hasEnded(generation))
    .map(
      ({ generation: { status, prompt } }) => `${STATUS_WORDS[status]}: ${shortPrompt(prompt)}.`,
    );
  return markup(
    <>
      <title>{title} - Darkroom</title>
      {changed.map((job) => (
        <JobCard job={job} outOfBand />
      ))}
      {ended.length > 0 && <Said words={ended.join(' ')} />}
    </>,
  );
}
