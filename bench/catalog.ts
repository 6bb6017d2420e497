import pg from 'pg';
import { migrate } from '../src/catalog/migrate.js';
import { openCatalog } from '../src/catalog/postgres.js';
import { STEPS } from '../src/domain/image.js';
import { startPostgres } from '../test/support/postgres-server.js';
import { median, rounded, type Report } from './report.js';

const ROWS = 1_010_000;
const PAGE = 100;
const PAGES = 200;

/** A page of a backfill and of a list at row 0 and at row 1,000,000 of a real PostgreSQL, in turn. */
export async function benchCatalog(): Promise<Report> {
  await using server = await startPostgres((line) => console.error(line));
  await migrate(server.url);
  console.error(`inserting ${ROWS} rows, about a minute`);
  const ids = await fill(server.url);
  await using catalog = openCatalog(server.url);
  const selection = { scope: 'missing', steps: [...STEPS], recipe: '' } as const;
  const pages = {
    'backfill page': (after: string | undefined) =>
      catalog.images.page({
        ...selection,
        steps: [...STEPS],
        limit: PAGE,
        ...(after && { after }),
      }),
    // Newest first, so its row 0 is the last one.
    'list page': (before: string | undefined) =>
      catalog.images.list({ limit: PAGE, ...(before && { after: before }) }),
  };
  const rows: Report['rows'] = [];
  const ratios: number[] = [];
  for (const [name, page] of Object.entries(pages)) {
    const far = name === 'list page' ? ids.at(10_000) : ids.at(1_000_000);
    const [near, distant] = await alternated(
      () => page(undefined),
      () => page(far),
    );
    ratios.push(distant / near);
    rows.push([name, near.toFixed(2), distant.toFixed(2), (distant / near).toFixed(2)]);
  }
  return {
    title: `catalog: a page of ${PAGE} among ${ROWS} images, medians of ${PAGES} pages each, in turn`,
    columns: ['page', 'ms at row 0', 'ms at row 1,000,000', 'ratio'],
    rows,
    results: { pageRatio: rounded(Math.max(...ratios)) },
  };
}

async function fill(url: string): Promise<string[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(
      `insert into images (owner_id, original, file_name, requested_at)
       select 'bench', 'file:///bench/' || n, n || '.jpg', null from generate_series(1, ${ROWS}) n`,
    );
    await client.query('analyze images');
    const { rows } = await client.query<{ id: string }>('select id from images order by id');
    return rows.map(({ id }) => id);
  } finally {
    await client.end();
  }
}

async function alternated(
  near: () => Promise<unknown[]>,
  far: () => Promise<unknown[]>,
): Promise<[number, number]> {
  const times: [number[], number[]] = [[], []];
  for (let round = 0; round < PAGES; round += 1) {
    for (const [at, ask] of [near, far].entries()) {
      const startedAt = performance.now();
      const found = await ask();
      if (found.length !== PAGE) throw new Error(`a page of ${found.length} images`);
      times[at]?.push(performance.now() - startedAt);
    }
  }
  return [median(times[0]), median(times[1])];
}
