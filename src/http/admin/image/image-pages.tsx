import { Hono, type Context } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import type { ImageView, Story } from '../../../client.js';
import { DarkroomError } from '../../../domain/failures.js';
import { formFields } from '../../form.js';
import type { HttpDeps, HttpEnv } from '../../http-deps.js';
import { within } from '../../within.js';
import { doAct, words } from '../act.js';
import { Cell, readRatio } from '../images/cell.js';
import type { Notice } from '../notice.js';
import { Said } from '../said.js';
import { markup, type ShowPage } from '../show-page.js';
import { ImagePage } from './image-page.js';
import { isUnderWay, Lively, stageOf, stateWords } from './lively.js';

/** Deleting waits for whoever works on the image; without a worker it would wait for ever. */
const DELETE_PATIENCE_MS = 8_000;
const STILL_DELETING: Notice = {
  mood: 'done',
  text: 'The deletion is asked for, and goes on until a worker has ended it.',
};

/** Two lines of the strip on a large screen. */
const SIMILAR = 12;

export function imagePages(deps: HttpDeps, show: ShowPage): Hono<HttpEnv> {
  const { darkroom } = deps;
  const routes = new Hono<HttpEnv>();

  const page = async (
    c: Context<HttpEnv>,
    { notice, status = 200 }: { notice?: Notice; status?: ContentfulStatusCode } = {},
  ): Promise<Response> => {
    const { view, story } = await found(deps, idOf(c));
    return show(c, {
      ...{ title: titleOf(view.fileName, view.status), active: 'images', status },
      styles: ['image.css', 'search.css'],
      ...(notice !== undefined && { notice }),
      body: await pageOf(deps, view, story),
    });
  };

  routes.get('/:id', (c) => page(c));
  routes.get('/:id/cell', async (c) => {
    const { view } = await found(deps, idOf(c), false);
    const ratio = readRatio(c.req.query('ratio') ?? '');
    return c.html(await markup(<Cell view={view} ratio={ratio} />));
  });
  routes.get('/:id/live', async (c) => {
    const { view, story } = await found(deps, idOf(c));
    if (c.req.query('seen') === stageOf(view, story)) return c.body(null, 204);
    const title = titleOf(view.fileName, view.status);
    return c.html(
      await markup(
        <>
          <title>{title} - Darkroom</title>
          <Lively view={view} deps={deps} {...(story !== undefined && { story })} />
          {!isUnderWay(view, story) && <Said words={`${stateWords(view)}.`} />}
        </>,
      ),
    );
  });
  const action = (path: string, to: (id: string) => string, act: Act) =>
    routes.post(path, (c) =>
      doAct(c, {
        act: () => act(idOf(c), c),
        to: to(idOf(c)),
        refused: (notice, status) => page(c, { notice, status }),
      }),
    );

  action('/:id/process', here, async (id) => {
    await darkroom.process(id, { force: true });
    return 'Everything is being made again; until it is, the old variants are served.';
  });
  routes.post('/:id/delete', (c) => deleteImage(c, deps, page));
  return routes;
}

type Page = (c: Context<HttpEnv>, shown: { notice: Notice }) => Promise<Response>;

async function deleteImage(
  c: Context<HttpEnv>,
  { darkroom }: HttpDeps,
  page: Page,
): Promise<Response> {
  const fields = await formFields(c);
  const original = fields.original === 'on';
  const deleted = await within(() => darkroom.delete(idOf(c), { original }), DELETE_PATIENCE_MS);
  const scripted = c.req.header('HX-Request') === 'true';
  if (deleted === undefined) {
    return scripted ? c.html(await words(STILL_DELETING)) : page(c, { notice: STILL_DELETING });
  }
  if (!scripted) return c.redirect('/admin/images', 303);
  return c.body(null, 204, { 'HX-Redirect': '/admin/images' });
}

type Act = (imageId: string, c: Context<HttpEnv>) => Promise<string>;

function here(imageId: string): string {
  return `/admin/images/${imageId}`;
}

function idOf(c: Context<HttpEnv>): string {
  return c.req.param('id') ?? '';
}

async function found({ darkroom }: HttpDeps, imageId: string, withStory = true) {
  const view = await darkroom.image(imageId);
  if (view === undefined) {
    throw new DarkroomError('ImageNotFound', `There is no image ${imageId}.`);
  }
  return { view, story: withStory ? await darkroom.story(imageId) : undefined };
}

/** Of the same owner: what another has is nothing to go on to from here. */
async function similarTo({ darkroom }: HttpDeps, { id, ownerId }: ImageView) {
  return (await darkroom.similar(id, { owner: ownerId, limit: SIMILAR })).hits;
}

async function pageOf(deps: HttpDeps, view: ImageView, story?: Story) {
  const [similar, [generation]] = await Promise.all([
    similarTo(deps, view),
    deps.darkroom.generations({ imageId: view.id, limit: 1 }),
  ]);
  return (
    <ImagePage
      {...{ view, deps, similar }}
      {...(story !== undefined && { story })}
      {...(generation !== undefined && { generation })}
    />
  );
}

function titleOf(fileName: string, status: string): string {
  return status === 'completed'
    ? fileName
    : `${status[0]?.toUpperCase()}${status.slice(1)}: ${fileName}`;
}
