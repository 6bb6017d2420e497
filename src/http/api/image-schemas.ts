import { z } from '@hono/zod-openapi';
import { FORMATS } from '../../domain/recipe.js';
import { STEPS } from '../../domain/image.js';

export const StepSchema = z.enum(STEPS);
export const StatusSchema = z.enum(['pending', 'processing', 'completed', 'failed']);

export const imageId = z.object({ id: z.string().openapi({ description: 'Id of the image' }) });

const VariantSchema = z.object({
  tier: z.enum(['sm', 'md', 'lg']),
  widthPx: z.int(),
  heightPx: z.int(),
  format: z.enum(FORMATS),
  key: z.string(),
  url: z.string(),
  sizeBytes: z.int(),
  sha256: z.string(),
});

const MetadataSchema = z.object({
  description: z.string(),
  tags: z.array(z.string()),
  category: z.string(),
  dominantColors: z.array(z.string()),
  mood: z.string(),
});

const ColorSchema = z.object({
  hex: z.string(),
  share: z.number().openapi({ description: 'Of the pixels, from 0 to 1' }),
});

const CameraSchema = z.object({
  make: z.string().optional(),
  model: z.string().optional(),
  lens: z.string().optional(),
  takenAt: z.string().optional(),
  exposureSeconds: z.number().optional(),
  aperture: z.number().optional(),
  iso: z.number().optional(),
  focalLengthMm: z.number().optional(),
});

const StepRecordSchema = z.object({
  state: z.enum(['pending', 'deferred', 'done', 'failed']),
  source: z.object({ provider: z.string(), model: z.string(), version: z.string() }).optional(),
  failure: z.object({ kind: z.string(), message: z.string(), at: z.string() }).optional(),
});

export const ImageSchema = z
  .object({
    id: z.string(),
    ownerId: z.string(),
    fileName: z.string(),
    status: StatusSchema,
    variantsReady: z.boolean(),
    readyMaxWidth: z
      .int()
      .openapi({ description: 'Width in pixels up to which every format can be shown now' }),
    width: z.int().optional(),
    height: z.int().optional(),
    placeholderDataUrl: z.string().optional(),
    variants: z.array(VariantSchema),
    pictureHtml: z.string().optional(),
    metadata: MetadataSchema.optional(),
    colors: z
      .array(ColorSchema)
      .openapi({ description: 'Of the original, by share; empty before it was read' }),
    camera: CameraSchema.optional().openapi({ description: 'What the camera wrote, no places' }),
    sizeBytes: z.int().optional().openapi({ description: 'Of the original' }),
    mediaType: z.string().optional().openapi({ description: 'Of the original' }),
    originalKept: z
      .boolean()
      .openapi({ description: 'Whether the original is in the storage of this installation' }),
    createdAt: z.string(),
    steps: z.object({
      variants: StepRecordSchema,
      metadata: StepRecordSchema,
      embedding: StepRecordSchema,
    }),
    quarantined: z.boolean(),
  })
  .openapi('Image');

/** How many a page has, and where it begins. */
export const paging = {
  limit: z.coerce.number().int().min(1).max(200).default(50),
  after: z.string().optional().openapi({ description: 'The last id of the page before' }),
};
