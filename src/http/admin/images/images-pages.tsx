import { Readable } from 'node:stream';
import { Hono, type Context } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { counted } from '../../../domain/counted.js';
import { DarkroomError } from '../../../domain/failures.js';
import { formFiles } from '../../form.js';
import type { HttpDeps, HttpEnv } from '../../http-deps.js';
import { doAct } from '../act.js';
import type { Notice } from '../notice.js';
import type { Memory } from '../memory.js';
import { markup, type ShowPage } from '../show-page.js';
import { Cell, hasChanged, readLiveMark } from './cell.js';
import { filterOf, listOf, type Filter } from './filter.js';
import { Library, MoreImages } from './library.js';

/** Fills a large screen, and is one query. */
const PAGE = 60;
/** Tags and colours change slowly, and counting them reads every row. */
const FACETS_MS = 10_000;
const STATS_MS = 2_000;

export function imagesPages(deps: HttpDeps, show: ShowPage, memory: Memory): Hono<HttpEnv> {
  const { darkroom } = deps;
  const routes = new Hono<HttpEnv>();
  const facets = memory.keep(FACETS_MS, () => darkroom.facets());
  const stats = memory.keep(STATS_MS, () => darkroom.stats());

  const page = async (
    c: Context<HttpEnv>,
    { notice, status = 200 }: { notice?: Notice; status?: ContentfulStatusCode } = {},
  ): Promise<Response> => {
    const { filter, after, views, next } = await asked(c, deps);
    if (c.req.header('Darkroom-Part') === 'more') {
      return c.html(
        await markup(
          <>
            {views.map((view) => (
              <Cell view={view} />
            ))}
            <MoreImages filter={filter} {...(next !== undefined && { next })} outOfBand />
          </>,
        ),
      );
    }
    // Somebody may have added the first ones since they were counted.
    const total = Math.max((await stats()).images, views.length);
    return show(c, {
      ...{ title: counted(total, 'image'), active: 'images', status },
      styles: ['ratios.css', 'images.css'],
      scripts: ['images.js'],
      ...(notice !== undefined && { notice }),
      body: (
        <Library
          {...{ views, filter, total, later: after !== undefined, facets: await facets() }}
          {...(next !== undefined && { next })}
        />
      ),
    });
  };

  routes.get('/', (c) => page(c));
  routes.post('/', (c) =>
    doAct(c, {
      act: () => uploadAll(c, deps),
      to: '/admin/images',
      refused: (notice, status) => page(c, { notice, status }),
    }),
  );
  routes.get('/cells', (c) => changedCells(c, deps));
  return routes;
}

async function asked(c: Context<HttpEnv>, { darkroom }: HttpDeps) {
  const query = c.req.query();
  const filter: Filter = filterOf(query);
  const after = query.after || undefined;
  const found = await darkroom.views({
    ...listOf(filter),
    limit: PAGE + 1,
    ...(after !== undefined && { after }),
  });
  const views = found.slice(0, PAGE);
  return { filter, after, views, next: found.length > PAGE ? views.at(-1)?.id : undefined };
}

/** The cells of the page that look different by now; new ones have no stage to compare with. */
async function changedCells(c: Context<HttpEnv>, { darkroom }: HttpDeps): Promise<Response> {
  const marks = (c.req.queries('live') ?? []).slice(0, 500).map(readLiveMark);
  const views = await darkroom.viewsOf(marks.map(({ id }) => id));
  const changed = views.flatMap((view) => {
    const mark = marks.find(({ id }) => id === view.id);
    return mark !== undefined && hasChanged(view, mark) ? [{ view, ratio: mark.ratio }] : [];
  });
  if (changed.length === 0) return c.body(null, 204);
  return c.html(
    await markup(
      <>
        {changed.map(({ view, ratio }) => (
          <Cell view={view} ratio={ratio} outOfBand />
        ))}
      </>,
    ),
  );
}

/** For browsers without script; with it, files go to the API one by one. */
async function uploadAll(c: Context<HttpEnv>, { darkroom, settings }: HttpDeps): Promise<string> {
  const files = await formFiles(c, 'file');
  if (files.length === 0) throw new DarkroomError('InvalidInput', 'Choose at least one file.');
  for (const { name: fileName, ...it } of files.map(named)) {
    await darkroom.upload({ ownerId: settings.defaultOwner, fileName, body: it.body });
  }
  return `${counted(files.length, 'file is', 'files are')} being processed.`;
}

function named(file: File) {
  return { name: file.name, body: Readable.fromWeb(file.stream()) };
}
