import type pg from 'pg';
import type { VectorSpace } from '../../src/domain/search.js';
import { openBuiltinEmbedding } from '../../src/embedding/builtin.js';
import { embeddingText } from '../../src/embedding/embedding-text.js';
import { openBuiltinMetadata } from '../../src/metadata/builtin.js';
import { randomNumbers } from '../../src/imaging/noise.js';

/** Vectors of a kind: those that are stored, and those that are looked for among them. */
export interface Vectors {
  space: VectorSpace;
  /** The same ones for the same index. */
  stored(index: number): Promise<number[]>;
  asked(index: number): Promise<number[]>;
}

export const OWNERS = 100;

/** Images of as many owners, every one described as far as a search reads it. */
export async function fillImages(client: pg.Client, count: number): Promise<string[]> {
  await client.query(
    `insert into images (owner_id, original, file_name, description, metadata_state, embedding_state, requested_at)
     select 'owner-' || n % ${OWNERS}, 'file:///bench/' || n, n || '.jpg', '', 'done', 'done', null
     from generate_series(0, ${count - 1}) n`,
  );
  const { rows } = await client.query<{ id: string }>('select id from images order by id');
  return rows.map(({ id }) => id);
}

const BATCH = 500;

export async function fillVectors(client: pg.Client, ids: string[], vectors: Vectors) {
  const { provider, model, dims } = vectors.space;
  for (let from = 0; from < ids.length; from += BATCH) {
    const batch = ids.slice(from, from + BATCH);
    const texts = await Promise.all(
      batch.map(async (_, at) => `[${(await vectors.stored(from + at)).join(',')}]`),
    );
    await client.query(
      `insert into image_embeddings (image_id, provider, model, dims, vector)
       select id, $3, $4, $5, text::vector from unnest($1::uuid[], $2::text[]) as added(id, text)`,
      [batch, texts, provider, model, dims],
    );
  }
}

const SUBJECTS =
  'harbor dawn beach mountain lake forest street bridge tower market church dog cat horse bird cake coffee wedding birthday family river valley sunset snow desert island garden flower boat train car bicycle piano violin kitchen window roof castle museum library student teacher doctor concert stadium football tennis airplane robot computer'.split(
    ' ',
  );

/** What the builtin providers make of pictures whose colours, light, shape and names are drawn by lot. */
export function builtinVectors(): Vectors {
  const embedding = openBuiltinEmbedding();
  const metadata = openBuiltinMetadata();
  const embed = async (text: string) => (await embedding.embed([text], {}))[0] ?? [];
  const stored = async (index: number) => {
    const random = randomNumbers(index + 1);
    const hex = () =>
      `#${Math.floor(random() * 0xffffff)
        .toString(16)
        .padStart(6, '0')}`;
    const words = Array.from({ length: Math.floor(random() * 4) }, () => oneOf(SUBJECTS, random));
    const described = await metadata.describe(
      {
        fileName: words.length === 0 ? `IMG_${index}.jpg` : `${words.join('-')}.jpg`,
        widthPx: 4000,
        heightPx: oneOf([1800, 2667, 3000, 4000, 6000], random),
        colors: [0.5, 0.2, 0.1].map((share) => ({ hex: hex(), share })),
        brightness: random(),
        camera: { make: oneOf(['Canon', 'Sony', 'Apple'], random), iso: 100 },
        preview: () => Promise.reject(new Error('nobody looks at it')),
      },
      {},
    );
    return embed(embeddingText(described));
  };
  const { provider, model } = embedding.source;
  return {
    space: { provider, model, dims: embedding.dimensions },
    stored,
    // A picture that is not there, as for similar images: words alone are found by other means.
    asked: (index) => stored(1_000_000 + index),
  };
}

const CLUSTERS = 1_000;

/**
 * As models of providers make them: clusters of unequal width on a sphere. Without any structure no
 * index could help, and no model makes such vectors.
 */
export function clusteredVectors(dims: number): Vectors {
  const centres = Array.from({ length: CLUSTERS }, (_, cluster) =>
    normal(dims, randomNumbers(cluster + 1)),
  );
  const stored = async (index: number) => {
    const random = randomNumbers(10_000 + index);
    const centre = centres[Math.floor(random() * CLUSTERS)] ?? [];
    const width = 0.4 + 0.6 * random();
    return ofLengthOne(normal(dims, random).map((noise, at) => (centre[at] ?? 0) + width * noise));
  };
  return {
    space: { provider: 'bench', model: `clustered-${dims}`, dims },
    stored,
    asked: (index) => stored(1_000_000 + index),
  };
}

function normal(dims: number, random: () => number): number[] {
  return Array.from(
    { length: dims },
    () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random()),
  );
}

function ofLengthOne(numbers: number[]): number[] {
  const length = Math.hypot(...numbers);
  return numbers.map((number) => number / length);
}

function oneOf<T>(choices: readonly T[], random: () => number): T {
  return choices[Math.floor(random() * choices.length)] as T;
}
