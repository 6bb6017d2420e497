import { z } from '@hono/zod-openapi';
import { SCOPES } from '../../domain/runs.js';
import { StepSchema } from './image-schemas.js';

export const ScopeSchema = z.enum(SCOPES);

const statuses = [
  'running',
  'paused',
  'succeeded',
  'succeeded_with_failures',
  'failed',
  'cancelled',
] as const;

const WhySchema = z.object({ kind: z.string(), message: z.string() });

export const RunSchema = z
  .object({
    id: z.string(),
    scope: ScopeSchema,
    steps: z.array(StepSchema),
    status: z.enum(statuses),
    total: z.int(),
    done: z.int(),
    failed: z.int(),
    concurrency: z
      .int()
      .optional()
      .openapi({ description: 'Images in flight at once, as it was told last' }),
    pausedMs: z.number().openapi({ description: 'A pause that lasts included' }),
    startedAt: z.string(),
    startedBy: z.string().optional().openapi({ description: 'Who asked for it' }),
    finishedAt: z.string().optional(),
    failure: WhySchema.optional(),
  })
  .openapi('Run');

export const RunInDetailSchema = RunSchema.extend({
  progress: z.object({
    inFlight: z.int(),
    concurrency: z.int(),
    imagesPerSecond: z.number(),
    secondsLeft: z.number().optional(),
    because: WhySchema.optional().openapi({ description: 'Why the run paused itself' }),
  }),
  failures: z
    .array(
      z.object({
        imageId: z.string(),
        fileName: z.string(),
        step: StepSchema,
        kind: z.string(),
        message: z.string(),
        at: z.string(),
      }),
    )
    .openapi({ description: 'The first 500' }),
}).openapi('RunInDetail');

export const StartedSchema = z
  .object({ id: z.string(), runId: z.string(), images: z.int() })
  .openapi('StartedRun');

export const runId = z.object({ id: z.string().openapi({ description: 'Id of the run' }) });

export const PreviewSchema = z
  .object({
    images: z.int(),
    scope: ScopeSchema,
    steps: z.array(StepSchema),
    providerCalls: z.int().openapi({ description: 'Descriptions and embeddings asked for' }),
    bytes: z.int().openapi({ description: 'Of variants that would be stored' }),
    minutes: z.number().optional(),
  })
  .openapi('BackfillPreview');

/** `force` is another word for the scope `all`. */
const forceMeansAll = ({
  force,
  scope,
}: {
  force?: boolean | undefined;
  scope?: string | undefined;
}) => force !== true || scope === undefined || scope === 'all';
const FORCE_MEANS_ALL = { error: 'force is the scope "all" and goes with no other' };

export const StartSchema = z
  .strictObject({
    force: z.boolean().optional().openapi({ description: 'true: scope "all"' }),
    scope: ScopeSchema.optional(),
    steps: z.array(StepSchema).min(1).optional(),
    owner: z.string().min(1).optional(),
    ids: z.array(z.string()).min(1).max(1000).optional(),
    concurrency: z.int().min(1).max(500).optional(),
    limit: z.int().min(1).optional(),
  })
  .refine(forceMeansAll, FORCE_MEANS_ALL);

export const PreviewQuerySchema = z
  .object({
    force: z
      .enum(['true', 'false'])
      .transform((text) => text === 'true')
      .optional(),
    scope: ScopeSchema.optional(),
    steps: z
      .string()
      .transform((text) => text.split(','))
      .pipe(z.array(StepSchema).min(1))
      .optional()
      .openapi({ type: 'string', description: 'Separated by commas' }),
    owner: z.string().optional(),
  })
  .refine(forceMeansAll, FORCE_MEANS_ALL);
