import pg from 'pg';
import { migrate } from '../../src/catalog/migrate.js';
import { openCatalog } from '../../src/catalog/postgres.js';
import { indexName } from '../../src/catalog/search/vector-column.js';
import type { Catalog } from '../../src/catalog/catalog.js';
import type { SearchFilter } from '../../src/domain/search.js';
import { startPostgres } from '../../test/support/postgres-server.js';
import { median, rounded, type Report } from '../report.js';
import {
  builtinVectors,
  clusteredVectors,
  fillImages,
  fillVectors,
  OWNERS,
  type Vectors,
} from './library.js';

const VECTORS = 100_000;
const QUERIES = 200;
const TEN = 10;

/** The ten nearest of 100,000 vectors by the catalog's search and by comparing with every one, in turn. */
export async function benchSearch(): Promise<Report> {
  await using server = await startPostgres((line) => console.error(line));
  await migrate(server.url);
  await using catalog = openCatalog(server.url);
  const client = new pg.Client({ connectionString: server.url });
  await client.connect();
  try {
    const ids = await fillImages(client, VECTORS);
    const rows: Measured[] = [];
    for (const vectors of [builtinVectors(), clusteredVectors(512)]) {
      console.error(`inserting and indexing ${VECTORS} vectors of ${vectors.space.model}`);
      await fillVectors(client, ids, vectors);
      const seconds = await makeIndex(client, catalog, vectors);
      console.error(`made the index in ${seconds.toFixed(0)} s`);
      for (const filter of [undefined, 'owner'] as const) {
        rows.push(await measure({ catalog, client, vectors }, filter));
      }
    }
    return reportOf(rows);
  } finally {
    await client.end();
  }
}

async function makeIndex(client: pg.Client, catalog: Catalog, { space }: Vectors) {
  await client.query('vacuum analyze images, image_embeddings');
  const startedAt = performance.now();
  // The builtin's is there already, and has grown with the rows.
  if (await catalog.search.ensureIndex(space)) return (performance.now() - startedAt) / 1000;
  await client.query(`reindex index "${indexName(space)}"`);
  return (performance.now() - startedAt) / 1000;
}

interface Measuring {
  catalog: Catalog;
  client: pg.Client;
  vectors: Vectors;
}

interface Measured {
  name: string;
  recall: number;
  medianMs: number;
  p95Ms: number;
  exactMs: number;
}

async function measure(
  { catalog, client, vectors }: Measuring,
  narrowed: 'owner' | undefined,
): Promise<Measured> {
  const { space } = vectors;
  const times: number[] = [];
  const exactTimes: number[] = [];
  let hits = 0;
  for (let index = 0; index < QUERIES; index += 1) {
    const vector = await vectors.asked(index);
    const filter: SearchFilter = narrowed ? { ownerId: `owner-${index % OWNERS}` } : {};
    const startedAt = performance.now();
    const found = await catalog.search.byMeaning({
      ...{ space, vector, filter, limit: TEN, minLikeness: -1 },
    });
    times.push(performance.now() - startedAt);
    const exactAt = performance.now();
    const distances = await exactDistances(client, vectors, vector, filter);
    exactTimes.push(performance.now() - exactAt);
    // Equals stand for each other: what counts is how near the tenth is.
    const farthest = (distances.at(-1) ?? 0) + 1e-6;
    hits += found.filter(({ likeness }) => 1 - likeness <= farthest).length;
  }
  return {
    name: `${space.model}, ${narrowed ? `one owner of ${OWNERS}` : 'all'}`,
    recall: hits / (QUERIES * TEN),
    medianMs: median(times),
    p95Ms: percentile(times, 0.95),
    exactMs: median(exactTimes),
  };
}

/** What the index is compared with: every vector that passes the filter, and nothing but that. */
async function exactDistances(
  client: pg.Client,
  { space }: Vectors,
  vector: number[],
  { ownerId }: SearchFilter,
): Promise<number[]> {
  await client.query('begin');
  await client.query('set local enable_indexscan = off');
  const { rows } = await client.query<{ distance: number }>(
    `select "vector"::vector(${space.dims}) <=> $1::vector(${space.dims}) as distance
     from image_embeddings join images on images.id = image_embeddings.image_id
     where model = $2 and deleted_at is null and ($3::text is null or owner_id = $3)
     order by distance limit ${TEN}`,
    [`[${vector.join(',')}]`, space.model, ownerId ?? null],
  );
  await client.query('commit');
  return rows.map(({ distance }) => distance);
}

function percentile(values: number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.ceil(sorted.length * share) - 1] ?? NaN;
}

function reportOf(measured: Measured[]): Report {
  const unfiltered = measured.filter((_, at) => at % 2 === 0);
  return {
    title: `search: the ${TEN} nearest of ${VECTORS} vectors, ${QUERIES} queries each, in turn with comparing every one`,
    columns: ['vectors', 'recall at 10', 'median ms', 'p95 ms', 'exact ms', 'speedup'],
    rows: measured.map(({ name, recall, medianMs, p95Ms, exactMs }) => [
      name,
      recall.toFixed(3),
      medianMs.toFixed(1),
      p95Ms.toFixed(1),
      exactMs.toFixed(1),
      (exactMs / medianMs).toFixed(1),
    ]),
    results: {
      recallAt10: rounded(Math.min(...measured.map(({ recall }) => recall)), 3),
      p95Ms: rounded(Math.max(...measured.map(({ p95Ms }) => p95Ms)), 1),
      // With the filter both compare the few images that it leaves.
      speedup: rounded(
        Math.min(...unfiltered.map(({ exactMs, medianMs }) => exactMs / medianMs)),
        1,
      ),
    },
    notes: ['recall and p95: the worst row; speedup: the least without a filter'],
  };
}
