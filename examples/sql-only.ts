// An application that speaks only SQL: it inserts a row and gets a picture. Beside a running
// `npm run demo`:
//
//   (eval "$(npx darkroom env)"; npx tsx examples/sql-only.ts 'a lighthouse at dusk')
//
// Ctrl-C cancels. docs/sql.md says what else rows can ask for, and which rights it takes.
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import pg from 'pg';

export interface Outcome {
  status: 'completed' | 'failed' | 'cancelled';
  image_id: string | null;
  failure_message: string | null;
}

/** The row is the request: everything but its owner and its prompt has a default. */
export async function askForPicture(client: pg.Client, owner: string, prompt: string) {
  const { rows } = await client.query<{ id: string }>(
    'insert into generation_jobs (owner_id, prompt) values ($1, $2) returning id',
    [owner, prompt],
  );
  return rows[0]?.id ?? '';
}

/** Waits for the end of a row, whatever it is. */
export async function outcomeOf(client: pg.Client, id: string): Promise<Outcome> {
  // Says that some row has ended, not which; the row says the rest, also when no word of it came.
  await client.query('listen darkroom_ended');
  for (;;) {
    const { rows } = await client.query<Outcome>(
      `select status, image_id, failure_message from generation_jobs
       where id = $1 and status in ('completed', 'failed', 'cancelled')`,
      [id],
    );
    if (rows[0] !== undefined) return rows[0];
    await once(client, 'notification', { signal: AbortSignal.timeout(1_000) }).catch(
      () => undefined,
    );
  }
}

/** Files of the image that are there so far, the smallest first; more come for a few seconds. */
export async function variantsOf(client: pg.Client, imageId: string) {
  const { rows } = await client.query<{ key: string; width: number; format: string }>(
    'select key, width, format from image_variants where image_id = $1 order by width, format',
    [imageId],
  );
  return rows;
}

async function main(prompt: string): Promise<void> {
  const client = new pg.Client({ connectionString: process.env.DATABASE_URL });
  await client.connect();
  try {
    const id = await askForPicture(client, 'ada', prompt);
    process.once('SIGINT', () => void client.query('select cancel_job($1)', [id]));
    const { status, image_id: imageId, failure_message: why } = await outcomeOf(client, id);
    console.log(why === null ? status : `${status}: ${why}`);
    if (imageId !== null) console.log(await variantsOf(client, imageId));
  } finally {
    await client.end();
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await main(process.argv[2] ?? 'a lighthouse at dusk');
}
