import { createRoute, z, type OpenAPIHono } from '@hono/zod-openapi';
import {
  DELIVERY_STATES,
  EVENT_TYPES,
  SUBSCRIPTIONS,
  type Subscription,
} from '../../domain/events.js';
import type { HttpDeps, HttpEnv } from '../http-deps.js';
import { defined } from '../../domain/defined.js';
import { forRole, json, adminProblems, requiredBody } from './describe-route.js';
import { nextPage } from './next-page.js';

const admins = { ...forRole('admin'), tags: ['webhooks'] };
const SubscriptionSchema = z.enum(SUBSCRIPTIONS as [Subscription, ...Subscription[]]);
const endpointId = z.object({ id: z.string().openapi({ description: 'Id of the endpoint' }) });

const EndpointSchema = z
  .object({
    id: z.string(),
    ownerId: z.string().optional().openapi({ description: 'Absent: all owners' }),
    url: z.string(),
    events: z.array(SubscriptionSchema),
    createdAt: z.string(),
    disabledAt: z.string().optional(),
    disabledBecause: z.string().optional(),
  })
  .openapi('Endpoint');

const DeliverySchema = z
  .object({
    id: z.string().openapi({ description: 'The webhook-id' }),
    endpointId: z.string(),
    url: z.string(),
    type: z.enum(EVENT_TYPES),
    about: z.string().openapi({ description: 'The image or the run' }),
    payload: z.record(z.string(), z.unknown()).openapi({
      description: 'What is sent as data; to endpoints of owners failures go in general words',
    }),
    state: z.enum(DELIVERY_STATES),
    attempts: z.int(),
    lastStatus: z.int().optional(),
    lastError: z.string().optional(),
    createdAt: z.string(),
    lastAttemptAt: z.string().optional(),
    nextAttemptAt: z.string().optional(),
    deliveredAt: z.string().optional(),
  })
  .openapi('Delivery');

const listRoute = createRoute({
  ...admins,
  method: 'get',
  path: '/webhooks',
  summary: 'Endpoints, oldest first, without their secrets',
  responses: {
    200: json(z.object({ endpoints: z.array(EndpointSchema) }), 'Endpoints'),
    ...adminProblems(),
  },
});

const createEndpointRoute = createRoute({
  ...admins,
  method: 'post',
  path: '/webhooks',
  summary:
    'Register an endpoint; its secret is shown this once, and an Idempotency-Key is not taken',
  request: {
    ...requiredBody(
      z.strictObject({
        url: z.string().min(1).max(2000),
        events: z.array(SubscriptionSchema).min(1).optional(),
        owner: z.string().min(1).optional(),
        admin: z.boolean().optional().openapi({ description: 'Failures come grouped' }),
        secret: z.string().optional().openapi({ description: 'whsec_ and base64' }),
      }),
    ),
  },
  responses: {
    201: json(z.object({ id: z.string(), secret: z.string() }), 'The endpoint'),
    ...adminProblems('InvalidInput', 'AddressNotAllowed'),
  },
});

const removeRoute = createRoute({
  ...admins,
  method: 'delete',
  path: '/webhooks/{id}',
  summary: 'Remove an endpoint and end its deliveries',
  request: { params: endpointId },
  responses: {
    200: json(z.object({ id: z.string() }), 'Removed'),
    ...adminProblems('EndpointNotFound'),
  },
});

const enableRoute = createRoute({
  ...admins,
  method: 'post',
  path: '/webhooks/{id}/enable',
  summary: 'Tell an endpoint of events again that had answered 410',
  request: { params: endpointId },
  responses: {
    200: json(z.object({ id: z.string() }), 'Enabled'),
    ...adminProblems('EndpointNotFound'),
  },
});

const testRoute = createRoute({
  ...admins,
  method: 'post',
  path: '/webhooks/{id}/test',
  summary: 'Send an endpoint an event to see whether it arrives',
  request: { params: endpointId },
  responses: {
    202: json(z.object({ deliveryId: z.string() }), 'It is on its way'),
    ...adminProblems('EndpointNotFound', 'EndpointDisabled'),
  },
});

const deliveriesRoute = createRoute({
  ...admins,
  method: 'get',
  path: '/webhooks/deliveries',
  summary: 'Events and what came of them, newest first',
  request: {
    query: z.object({
      state: z.enum(DELIVERY_STATES).optional(),
      endpoint: z.string().optional(),
      limit: z.coerce.number().int().min(1).max(200).default(50),
      after: z.string().optional().openapi({ description: 'The last id of the page before' }),
    }),
  },
  responses: {
    200: json(
      z.object({ deliveries: z.array(DeliverySchema), next: z.string().optional() }),
      'Deliveries',
    ),
    ...adminProblems('InvalidInput'),
  },
});

const resendRoute = createRoute({
  ...admins,
  method: 'post',
  path: '/webhooks/deliveries/{id}/resend',
  summary: 'Deliver an event again, under the same id',
  request: { params: z.object({ id: z.string().openapi({ description: 'The webhook-id' }) }) },
  responses: {
    202: json(z.object({ id: z.string() }), 'It is on its way'),
    ...adminProblems('DeliveryNotFound', 'EndpointDisabled'),
  },
});

export function webhookRoutes(api: OpenAPIHono<HttpEnv>, { darkroom }: HttpDeps): void {
  const { webhooks } = darkroom;
  api.openapi(listRoute, async (c) => c.json({ endpoints: await webhooks.list() }, 200));

  api.openapi(createEndpointRoute, async (c) => {
    const { owner: ownerId, ...endpoint } = c.req.valid('json');
    const { url, ...given } = { ...endpoint, ownerId };
    return c.json(await webhooks.create({ url, ...defined(given) }), 201);
  });

  api.openapi(removeRoute, async (c) => {
    const { id } = c.req.valid('param');
    await webhooks.remove(id);
    return c.json({ id }, 200);
  });

  api.openapi(enableRoute, async (c) => {
    const { id } = c.req.valid('param');
    await webhooks.enable(id);
    return c.json({ id }, 200);
  });

  api.openapi(testRoute, async (c) => c.json(await webhooks.test(c.req.valid('param').id), 202));

  api.openapi(deliveriesRoute, async (c) => {
    const { limit, state, after, endpoint: ofEndpoint } = c.req.valid('query');
    const found = await webhooks.deliveries({
      limit: limit + 1,
      ...defined({ state, after, endpointId: ofEndpoint }),
    });
    const { page, ...next } = nextPage(c, found, limit);
    return c.json({ deliveries: page, ...next }, 200);
  });

  api.openapi(resendRoute, async (c) => {
    const { id } = c.req.valid('param');
    await webhooks.resend(id);
    return c.json({ id }, 202);
  });
}
