import { z } from '@hono/zod-openapi';
import {
  GENERATION_PROVIDERS,
  GENERATION_STATUSES,
  RESULT_FORMATS,
} from '../../domain/generation.js';
import { STYLES } from '../../domain/styles.js';

export const generationId = z.object({
  id: z.string().openapi({ description: 'Id of the generation' }),
});

// No interface: the index signature of OpenAPI's extensions takes only what is closed.
type Described = {
  type: 'string' | 'number' | 'integer';
  description?: string;
  enum?: string[];
};

/** Described, and not checked: what is wrong with any field is said together with all the rest. */
const field = (described: Described) => z.unknown().openapi(described).optional();
const text = (description: string) => field({ type: 'string', description });
const number = (description: string) => field({ type: 'number', description });
const whole = (description: string) => field({ type: 'integer', description });

export const RequestSchema = z
  .looseObject({
    id: text(
      'A random UUID of your own; asked again with it, the generation is answered, not made again',
    ),
    prompt: text('What the picture shows; required'),
    owner: text('For administrators: whose picture it becomes'),
    negativePrompt: text('What it does not show'),
    provider: field({ type: 'string', enum: [...GENERATION_PROVIDERS] }),
    backend: text('The same as provider'),
    model: text('As the provider names it'),
    modelVersion: text('As the provider names it'),
    width: whole('In pixels, 64 to 2048; 1024 by default'),
    height: whole('In pixels, 64 to 2048; 1024 by default'),
    steps: whole('Of denoising, 1 to 200'),
    guidanceScale: number('0 to 50'),
    seed: whole('0 to 2147483647; the same seed, prompt and model give the same picture'),
    sourceImage: text('The id of an image of the owner, or an https: address'),
    strength: number('0 stays with the source, 1 forgets it'),
    style: field({
      ...{ type: 'string', enum: Object.keys(STYLES) },
      description: 'A preset that rewrites the prompt',
    }),
    format: field({ type: 'string', enum: [...RESULT_FORMATS] }),
    priority: whole('Higher first; 0 by default; above 0 for administrators'),
    maxAttempts: whole('1 to 10; 3 by default'),
    timeoutSeconds: whole('10 to 1800, once it has begun; 600 by default'),
  })
  .openapi('GenerationRequest');

export const GenerationSchema = z
  .object({
    id: z.string(),
    ownerId: z.string(),
    prompt: z.string(),
    styledPrompt: z.string().openapi({ description: 'What the provider gets' }),
    negativePrompt: z.string().optional(),
    provider: z.string().optional().openapi({ description: 'Absent: the configured one' }),
    model: z.string().optional(),
    modelVersion: z.string().optional(),
    width: z.int(),
    height: z.int(),
    steps: z.int().optional(),
    guidanceScale: z.number().optional(),
    seed: z.int().optional(),
    sourceImage: z.string().optional(),
    strength: z.number().optional(),
    style: z.string().optional(),
    format: z.string(),
    priority: z.int(),
    status: z.enum(GENERATION_STATUSES),
    progress: z.int().openapi({ description: '0 to 100, never falling' }),
    attemptNumber: z.int(),
    maxAttempts: z.int(),
    timeoutSeconds: z.int(),
    predictionId: z.string().optional().openapi({ description: 'The provider’s name for it' }),
    imageId: z.string().optional().openapi({ description: 'Always there when it is completed' }),
    failure: z.object({ kind: z.string(), message: z.string() }).optional(),
    usage: z
      .object({
        predictions: z.int(),
        predictSeconds: z.number().optional(),
        costUsd: z.number().optional(),
      })
      .optional(),
    createdAt: z.string(),
    startedAt: z.string().optional(),
    finishedAt: z.string().optional(),
    durationMs: z.int().optional(),
    cancelRequestedAt: z.string().optional(),
  })
  .openapi('Generation');
