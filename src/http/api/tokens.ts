import { createRoute, z, type OpenAPIHono } from '@hono/zod-openapi';
import type { HttpDeps, HttpEnv } from '../http-deps.js';
import { forRole, json, adminProblems, requiredBody } from './describe-route.js';

const admins = { ...forRole('admin'), tags: ['tokens'] };

const RoleSchema = z.enum(['admin', 'owner']);

const TokenSchema = z
  .object({
    id: z.string(),
    name: z.string(),
    role: RoleSchema,
    ownerId: z.string().optional(),
    createdAt: z.string(),
    lastUsedAt: z.string().optional().openapi({ description: 'To the minute' }),
    revokedAt: z.string().optional(),
  })
  .openapi('Token');

const listRoute = createRoute({
  ...admins,
  method: 'get',
  path: '/tokens',
  summary: 'Tokens, oldest first, also the revoked ones',
  responses: {
    200: json(z.object({ tokens: z.array(TokenSchema) }), 'Tokens'),
    ...adminProblems(),
  },
});

const createTokenRoute = createRoute({
  ...admins,
  method: 'post',
  path: '/tokens',
  summary: 'Make a token; it is shown this once, and an Idempotency-Key is not taken',
  request: {
    ...requiredBody(
      z.strictObject({
        name: z.string().min(1).max(100),
        role: RoleSchema,
        owner: z.string().min(1).optional(),
      }),
    ),
  },
  responses: {
    201: json(z.object({ id: z.string(), token: z.string() }), 'The token'),
    ...adminProblems('InvalidInput', 'TooManyTokens'),
  },
});

const revokeRoute = createRoute({
  ...admins,
  method: 'delete',
  path: '/tokens/{id}',
  summary: 'Revoke a token',
  request: { params: z.object({ id: z.string() }) },
  responses: {
    200: json(z.object({ id: z.string() }), 'Revoked'),
    ...adminProblems('TokenNotFound'),
  },
});

export function tokenRoutes(api: OpenAPIHono<HttpEnv>, { darkroom: { tokens } }: HttpDeps): void {
  api.openapi(listRoute, async (c) => c.json({ tokens: await tokens.list() }, 200));

  api.openapi(createTokenRoute, async (c) => {
    const { owner, ...token } = c.req.valid('json');
    const created = await tokens.create({ ...token, ...(owner && { ownerId: owner }) });
    return c.json(created, 201);
  });

  api.openapi(revokeRoute, async (c) => {
    const { id } = c.req.valid('param');
    await tokens.revoke(id);
    return c.json({ id }, 200);
  });
}
