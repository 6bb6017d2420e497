import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { buffer } from 'node:stream/consumers';
import pg from 'pg';
import sharp from 'sharp';
import type { OpenedStorage } from '../../src/storage/open-storage.js';
import type {
  Evidence,
  GenerationRow,
  ImageRow,
  ReferenceVariant,
  StoredObject,
  VariantRow,
} from './evidence.js';
import type { ChaosImage } from './library.js';

/** The catalog's rows, read past Darkroom. */
export async function rowsOf(
  databaseUrl: string,
): Promise<Pick<Evidence, 'images' | 'variants' | 'generations'>> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const images = await client.query<ImageRow>(`
      select id::text, file_name as "fileName", status, quarantined_at is not null as quarantined,
        image_key as "imageKey",
        coalesce(variants_failure, metadata_failure, embedding_failure)->>'kind' as failure
      from images where deleted_at is null`);
    const variants = await client.query<VariantRow & { sizeBytes: string }>(`
      select image_id::text as "imageId", image_key as "imageKey", recipe, width as "widthPx",
        height as "heightPx", format, key, size_bytes as "sizeBytes", sha256
      from image_variants`);
    const generations = await client.query<GenerationRow>(`
      select id::text, prompt, status, image_id::text as "imageId", failure_kind as failure
      from generation_jobs`);
    return {
      generations: generations.rows,
      images: images.rows,
      variants: variants.rows.map((row) => ({ ...row, sizeBytes: Number(row.sizeBytes) })),
    };
  } finally {
    await client.end();
  }
}

/** Every variant that is stored, each read whole and decoded to its last pixel. */
export async function objectsIn(storage: OpenedStorage): Promise<StoredObject[]> {
  const objects: StoredObject[] = [];
  for await (const { key } of storage.list('variants/')) {
    const bytes = await buffer(await storage.read(key));
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    objects.push({ key, sizeBytes: bytes.length, sha256, picture: await decoded(bytes) });
  }
  return objects;
}

async function decoded(bytes: Buffer): Promise<StoredObject['picture']> {
  try {
    const image = sharp(bytes, { failOn: 'warning' });
    const { format, compression } = await image.metadata();
    const { info } = await image.raw().toBuffer({ resolveWithObject: true });
    const name = format === 'heif' && compression === 'av1' ? 'avif' : format;
    return { widthPx: info.width, heightPx: info.height, format: name };
  } catch (error) {
    return { broken: (error as Error).message };
  }
}

/** What a run made of each file, by the names of its images. */
export function referenceOf(
  { images, variants }: Pick<Evidence, 'images' | 'variants'>,
  objects: StoredObject[],
): ReferenceVariant[] {
  const names = new Map(images.map(({ id, fileName }) => [id, fileName]));
  const hashes = new Map(objects.map(({ key, sha256 }) => [key, sha256]));
  return variants.map(({ imageId, key, widthPx, format }) => ({
    ...{ widthPx, format },
    fileName: names.get(imageId) ?? '',
    sha256: hashes.get(key) ?? '',
  }));
}

/** Copies have the variants of what they are copies of. */
export function referenceFor(images: ChaosImage[], made: ReferenceVariant[]): ReferenceVariant[] {
  return images.flatMap(({ fileName, like }) =>
    made.filter((it) => it.fileName === like).map((it) => ({ ...it, fileName })),
  );
}

/** Tries that failed without a kind of their own, as the workers logged them. */
export function unforeseenIn(logFiles: string[]): string[] {
  return logFiles
    .flatMap((file) => readFileSync(file, 'utf8').split('\n'))
    .filter((line) => line.includes('"Activity failed"') && line.endsWith('}'))
    .map((line) => JSON.parse(line) as FailedTry)
    .filter(({ error }) => error.kind === 'Unexpected')
    .map(
      ({ activityType, workflowId, error }) => `${activityType} of ${workflowId}: ${error.message}`,
    );
}

interface FailedTry {
  activityType: string;
  workflowId: string;
  error: { kind?: string; message: string };
}

/** Variants that were encoded, as the workers logged them at once. */
export function encodedIn(logFiles: string[]): number {
  return logFiles
    .map((file) => readFileSync(file, 'utf8').split('"variant encoded"').length - 1)
    .reduce((sum, count) => sum + count, 0);
}
