import { createRoute, z, type OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import type { SearchResult } from '../../client.js';
import { LONGEST_QUERY, MOST_HITS } from '../../domain/check-search.js';
import { DarkroomError } from '../../domain/failures.js';
import { NOTHING_FOUND, type NothingFound } from '../../domain/search.js';
import type { HttpDeps, HttpEnv } from '../http-deps.js';
import { defined } from '../../domain/defined.js';
import { forRole, json, problems } from './describe-route.js';
import { forCaller } from './for-caller.js';
import { imageId, ImageSchema } from './image-schemas.js';
import { ownImage } from './images.js';
import { linkToNext } from './next-page.js';
import { toldImage } from './told.js';

const WhySchema = z
  .discriminatedUnion('by', [
    z.object({ by: z.literal('words'), words: z.array(z.string()) }),
    z.object({
      by: z.literal('meaning'),
      likeness: z.number(),
      provider: z.string(),
      model: z.string(),
    }),
    z.object({
      by: z.literal('color'),
      colors: z.array(z.object({ name: z.string(), share: z.number() })),
    }),
  ])
  .openapi('Why');

const ResultSchema = z
  .object({
    hits: z.array(
      z.object({
        image: ImageSchema,
        score: z.number().openapi({ description: 'Larger is better, within one answer' }),
        why: z.array(WhySchema),
      }),
    ),
    next: z.string().optional().openapi({ description: 'Path of the page after this one' }),
    nothingFound: z
      .object({
        kind: z.enum(Object.keys(NOTHING_FOUND) as [NothingFound, ...NothingFound[]]),
        says: z.string(),
      })
      .optional()
      .openapi({ description: 'Why there is no hit' }),
    withoutMeaning: z
      .string()
      .optional()
      .openapi({ description: 'Why only words and colours were looked at' }),
  })
  .openapi('SearchResult');

const limit = z.coerce.number().int().min(1).max(MOST_HITS);
const owner = z.string().optional().openapi({ description: 'For administrators' });

const searchRoute = createRoute({
  ...forRole('owner'),
  method: 'get',
  path: '/search',
  tags: ['images'],
  summary: 'Images that words, meaning or colours of a query lead to, best first',
  request: {
    query: z.object({
      query: z.string().openapi({ description: `In words, at most ${LONGEST_QUERY} characters` }),
      owner,
      tag: z
        .union([z.string(), z.array(z.string())])
        .optional()
        .openapi({ description: 'May be there several times: all of them' }),
      color: z.string().optional().openapi({ description: 'A colour word, such as "navy"' }),
      from: z.coerce.date().optional(),
      to: z.coerce.date().optional(),
      limit: limit.default(24),
      after: z.string().optional().openapi({ description: 'The last id of the page before' }),
    }),
  },
  responses: {
    200: json(ResultSchema, 'What was found, each with why'),
    ...problems('InvalidInput', 'Forbidden'),
  },
});

const similarRoute = createRoute({
  ...forRole('owner'),
  method: 'get',
  path: '/images/{id}/similar',
  tags: ['images'],
  summary: 'Images like this one, the most alike first',
  request: { params: imageId, query: z.object({ limit: limit.default(12), owner }) },
  responses: {
    200: json(ResultSchema, 'What was found, each with why'),
    ...problems('InvalidInput', 'Forbidden', 'ImageNotFound'),
  },
});

export function searchRoutes(api: OpenAPIHono<HttpEnv>, { darkroom }: HttpDeps): void {
  api.openapi(searchRoute, async (c) => {
    const { tag, query, ...asked } = c.req.valid('query');
    const tags = tag === undefined ? undefined : [tag].flat();
    const ofWhom = { owner: allowedOwner(c, asked.owner) };
    const { next, ...result } = await forCaller(c, darkroom).search({
      query,
      ...defined({ ...asked, ...ofWhom, tags }),
    });
    const path = next === undefined ? undefined : linkToNext(c, next);
    return c.json({ ...resultJson(c, result), ...(path !== undefined && { next: path }) }, 200);
  });

  api.openapi(similarRoute, async (c) => {
    const { id } = await ownImage(c, darkroom);
    const { limit, owner } = c.req.valid('query');
    const options = defined({ limit, owner: allowedOwner(c, owner) });
    return c.json(resultJson(c, await forCaller(c, darkroom).similar(id, options)), 200);
  });
}

/** A token of an owner searches its images only. @throws DarkroomError `Forbidden` */
function allowedOwner(c: Context<HttpEnv>, asked: string | undefined): string | undefined {
  const caller = c.get('caller');
  if (caller.role === 'admin') return asked;
  if (asked !== undefined && asked !== caller.ownerId) throw new DarkroomError('Forbidden');
  return caller.ownerId;
}

function resultJson(
  c: Context<HttpEnv>,
  { nothingFound, next: _next, hits, ...result }: SearchResult,
) {
  const told = hits.map((hit) => ({ ...hit, image: toldImage(c, hit.image) }));
  if (nothingFound === undefined) return { hits: told, ...result };
  const why = { kind: nothingFound, says: NOTHING_FOUND[nothingFound] };
  return { hits: told, ...result, nothingFound: why };
}
