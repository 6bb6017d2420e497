import { createRoute, z, type OpenAPIHono } from '@hono/zod-openapi';
import type { GenerationRequest } from '../../client.js';
import type { Caller } from '../../domain/caller.js';
import { DarkroomError } from '../../domain/failures.js';
import { GENERATION_STATUSES } from '../../domain/generation.js';
import type { HttpDeps, HttpEnv } from '../http-deps.js';
import { idOnce } from '../idempotency.js';
import { defined } from '../../domain/defined.js';
import { forCaller } from './for-caller.js';
import { forRole, json, problems, requiredBody } from './describe-route.js';
import { generationId, GenerationSchema, RequestSchema } from './generation-schemas.js';
import { nextPage } from './next-page.js';
import { toldGeneration } from './told.js';

const owners = { ...forRole('owner'), tags: ['generations'] };

const generateRoute = createRoute({
  ...owners,
  method: 'post',
  path: '/generations',
  summary: 'Ask for a picture, or for many: all of them or none',
  request: { ...requiredBody(z.union([RequestSchema, z.array(RequestSchema)])) },
  responses: {
    202: json(
      z.union([z.object({ id: z.string() }), z.array(z.object({ id: z.string() }))]),
      'They are kept and being made; a list is answered with a list, in its order',
    ),
    ...problems('InvalidInput', 'Forbidden'),
  },
});

const listRoute = createRoute({
  ...owners,
  method: 'get',
  path: '/generations',
  summary: 'Generations, newest first',
  request: {
    query: z.object({
      status: z.enum(GENERATION_STATUSES).optional(),
      owner: z.string().optional().openapi({ description: 'For administrators' }),
      limit: z.coerce.number().int().min(1).max(200).default(50),
      after: z.string().optional().openapi({ description: 'The last id of the page before' }),
    }),
  },
  responses: {
    200: json(
      z.object({ generations: z.array(GenerationSchema), next: z.string().optional() }),
      'A page; `next` is the path of the page after it',
    ),
    ...problems('InvalidInput', 'Forbidden'),
  },
});

const getRoute = createRoute({
  ...owners,
  method: 'get',
  path: '/generations/{id}',
  summary: 'A generation and how far it is',
  request: { params: generationId },
  responses: { 200: json(GenerationSchema, 'The generation'), ...problems('GenerationNotFound') },
});

const cancelRoute = createRoute({
  ...owners,
  method: 'delete',
  path: '/generations/{id}',
  summary: 'Cancel it, with its prediction at the provider',
  request: { params: generationId },
  responses: {
    202: json(GenerationSchema, 'It ends in seconds'),
    ...problems('GenerationNotFound', 'GenerationEnded'),
  },
});

export function generationRoutes(api: OpenAPIHono<HttpEnv>, { darkroom }: HttpDeps): void {
  api.openapi(generateRoute, async (c) => {
    const asked = c.req.valid('json');
    const own = forCaller(c, darkroom);
    const caller = c.get('caller');
    const repeatable = c.get('repeatable');
    const requests = [asked].flat().map((it, place) => {
      const request = requestOf(it, caller);
      const id = request.id ?? (repeatable && idOnce(repeatable, place));
      return { ...request, ...defined({ id }) };
    });
    const [first, ...rest] = requests;
    if (!Array.isArray(asked) && first !== undefined) {
      const [one = { id: '' }] = await own.generate(first);
      return c.json(one, 202);
    }
    return c.json(await own.generate(first === undefined ? [] : [first, ...rest]), 202);
  });

  api.openapi(listRoute, async (c) => {
    const { limit, owner, ...filters } = c.req.valid('query');
    const ownerId = ownerFor(c.get('caller'), owner);
    const found = await forCaller(c, darkroom).generations(
      defined({ ...filters, ownerId, limit: limit + 1 }),
    );
    const { page, ...rest } = nextPage(c, found, limit);
    return c.json({ generations: page.map((it) => toldGeneration(c, it)), ...rest }, 200);
  });

  api.openapi(getRoute, async (c) => {
    const generation = await forCaller(c, darkroom).generation(c.req.valid('param').id);
    if (generation === undefined) throw new DarkroomError('GenerationNotFound');
    return c.json(toldGeneration(c, generation), 200);
  });

  api.openapi(cancelRoute, async (c) => {
    const { id } = c.req.valid('param');
    return c.json(toldGeneration(c, await forCaller(c, darkroom).cancelGeneration(id)), 202);
  });
}

/** As the client takes it; what is in it, the client checks. */
function requestOf(asked: z.infer<typeof RequestSchema>, caller: Caller): GenerationRequest {
  const { owner, ...rest } = asked;
  if (caller.role === 'admin')
    return { ...rest, ...defined({ ownerId: owner }) } as GenerationRequest;
  const named = owner ?? rest.ownerId;
  if (named !== undefined && named !== caller.ownerId) throw new DarkroomError('Forbidden');
  if (typeof rest.priority === 'number' && rest.priority > 0) {
    // Priorities are compared across owners, who would never have their turn again.
    const words =
      'A priority above 0 goes in front of other owners, so only administrators set it.';
    throw new DarkroomError('Forbidden', words);
  }
  return { ...rest, ownerId: caller.ownerId } as GenerationRequest;
}

/** Whose generations somebody may know of; nothing: everybody's. @throws DarkroomError `Forbidden` */
function ownerFor(caller: Caller, asked: string | undefined): string | undefined {
  if (caller.role === 'admin') return asked;
  if (asked !== undefined && asked !== caller.ownerId) throw new DarkroomError('Forbidden');
  return caller.ownerId;
}
