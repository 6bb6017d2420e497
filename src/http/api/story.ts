import { createRoute, z, type OpenAPIHono } from '@hono/zod-openapi';
import type { Story } from '../../client.js';
import { DarkroomError } from '../../domain/failures.js';
import type { HttpDeps, HttpEnv } from '../http-deps.js';
import { forRole, json, problems } from './describe-route.js';
import { forCaller } from './for-caller.js';
import { imageId } from './image-schemas.js';
import { ownImage } from './images.js';
import { toldStory } from './told.js';

const AttemptSchema = z.object({
  step: z.string(),
  label: z.string(),
  attempt: z.int(),
  scheduledAt: z.string().optional(),
  startedAt: z.string().optional(),
  endedAt: z.string().optional(),
  worker: z.string().optional().openapi({ description: 'For administrators' }),
  outcome: z.enum(['done', 'failed', 'running', 'cancelled', 'waiting']),
  failure: z.object({ kind: z.string(), message: z.string() }).optional(),
});

const StorySchema = z
  .object({
    source: z.enum(['temporal', 'catalog']),
    workflowId: z.string(),
    runId: z.string().optional(),
    startedAt: z.string().optional(),
    endedAt: z.string().optional(),
    status: z.string(),
    attempts: z.array(AttemptSchema),
  })
  .openapi('Story');

const storyRoute = createRoute({
  ...forRole('owner'),
  method: 'get',
  path: '/images/{id}/story',
  tags: ['images'],
  summary: 'Every attempt of every step, as Temporal has it or else the catalog',
  request: { params: imageId },
  responses: { 200: json(StorySchema, 'The story'), ...problems('ImageNotFound') },
});

export function storyRoutes(api: OpenAPIHono<HttpEnv>, { darkroom }: HttpDeps): void {
  api.openapi(storyRoute, async (c) => {
    const { id } = await ownImage(c, darkroom);
    const story = await forCaller(c, darkroom).story(id);
    if (story === undefined) {
      throw new DarkroomError('ImageNotFound', 'Nothing is known of how this image was made.');
    }
    return c.json(storyJson(toldStory(c, story)), 200);
  });
}

function storyJson({ attempts, ...story }: Story): z.input<typeof StorySchema> {
  return { ...withTexts(story), attempts: attempts.map(withTexts) };
}

type WithTexts<T> = { [K in keyof T]: T[K] extends Date | undefined ? string : T[K] };

/** Moments as JSON holds them. */
function withTexts<T extends object>(fields: T): WithTexts<T> {
  const texts = Object.entries(fields).map(([name, value]) => [
    name,
    value instanceof Date ? value.toISOString() : (value as unknown),
  ]);
  return Object.fromEntries(texts) as WithTexts<T>;
}
