import { createRoute, z, type OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import type { ImageView } from '../../client.js';
import { DarkroomError } from '../../domain/failures.js';
import type { HttpDeps, HttpEnv } from '../http-deps.js';
import { defined } from '../../domain/defined.js';
import { body, forRole, json, problems } from './describe-route.js';
import { forCaller } from './for-caller.js';
import { imageId, ImageSchema, paging, StatusSchema, StepSchema } from './image-schemas.js';
import { nextPage } from './next-page.js';
import { toldImage } from './told.js';
import { within } from '../within.js';

const listRoute = createRoute({
  ...forRole('owner'),
  method: 'get',
  path: '/images',
  tags: ['images'],
  summary: 'Images, newest first',
  request: {
    query: z.object({
      ...paging,
      status: StatusSchema.optional(),
      tag: z.string().optional(),
      color: z.string().optional().openapi({ description: 'A colour word, such as "navy"' }),
      owner: z.string().optional().openapi({ description: 'For administrators' }),
      from: z.coerce.date().optional(),
      to: z.coerce.date().optional(),
    }),
  },
  responses: {
    200: json(
      z.object({ images: z.array(ImageSchema), next: z.string().optional() }),
      'A page; `next` is the path of the page after it',
    ),
    ...problems('InvalidInput', 'Forbidden'),
  },
});

const getImageRoute = createRoute({
  ...forRole('owner'),
  method: 'get',
  path: '/images/{id}',
  tags: ['images'],
  summary: 'What a page needs of an image',
  request: { params: imageId },
  responses: { 200: json(ImageSchema, 'The image'), ...problems('ImageNotFound') },
});

const processRoute = createRoute({
  ...forRole('owner'),
  method: 'post',
  path: '/images/{id}/process',
  tags: ['images'],
  summary: 'Do the steps that are not done; with `force` also those that are',
  request: {
    params: imageId,
    ...body(
      z.strictObject({
        steps: z.array(StepSchema).min(1).optional(),
        force: z.boolean().optional(),
      }),
    ),
  },
  responses: {
    202: json(z.object({ id: z.string() }), 'It has been started'),
    ...problems('InvalidInput', 'ImageNotFound'),
  },
});

const deleteRoute = createRoute({
  ...forRole('owner'),
  method: 'delete',
  path: '/images/{id}',
  tags: ['images'],
  summary: 'Remove an image and what was made of it',
  request: {
    params: imageId,
    query: z.object({
      original: z
        .enum(['true', 'false'])
        .optional()
        .openapi({ description: 'true: also the bytes that were uploaded' }),
    }),
  },
  responses: {
    200: json(z.object({ id: z.string(), originalRemoved: z.boolean() }), 'It is gone'),
    202: json(z.object({ id: z.string() }), 'It goes as soon as a worker is there'),
    ...problems('ImageNotFound'),
  },
});

export function imageRoutes(api: OpenAPIHono<HttpEnv>, { darkroom }: HttpDeps): void {
  api.openapi(listRoute, async (c) => {
    const { limit, owner, ...filters } = c.req.valid('query');
    const caller = c.get('caller');
    const ownerId = caller.role === 'owner' ? caller.ownerId : owner;
    if (caller.role === 'owner' && owner !== undefined && owner !== ownerId) {
      throw new DarkroomError('Forbidden');
    }
    const views = await forCaller(c, darkroom).views(
      defined({ ...filters, ownerId, limit: limit + 1 }),
    );
    const { page, ...rest } = nextPage(c, views, limit);
    return c.json({ images: page.map((image) => toldImage(c, image)), ...rest }, 200);
  });

  api.openapi(getImageRoute, async (c) => c.json(toldImage(c, await ownImage(c, darkroom)), 200));

  api.openapi(processRoute, async (c) => {
    const { id } = await ownImage(c, darkroom);
    await forCaller(c, darkroom).process(id, defined(c.req.valid('json')));
    return c.json({ id }, 202);
  });

  api.openapi(deleteRoute, async (c) => {
    const { id } = await ownImage(c, darkroom);
    const original = c.req.valid('query').original === 'true';
    const deleted = await within(() => forCaller(c, darkroom).delete(id, { original }));
    return deleted === undefined ? c.json({ id }, 202) : c.json({ id, ...deleted }, 200);
  });
}

/** The image, if whoever asks may know of it. @throws DarkroomError `ImageNotFound` */
export async function ownImage(
  c: Context<HttpEnv>,
  darkroom: HttpDeps['darkroom'],
): Promise<ImageView> {
  const id = c.req.param('id') ?? '';
  const image = await forCaller(c, darkroom).image(id);
  if (image === undefined) throw new DarkroomError('ImageNotFound');
  return image;
}
