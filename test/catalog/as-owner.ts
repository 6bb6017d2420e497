import type pg from 'pg';

type Row = Record<string, unknown>;

/** What SQL gives an application that works for the owner; an empty name is none. */
export async function asApp(
  client: pg.Client,
  ownerId: string,
  text: string,
  values: unknown[] = [],
): Promise<Row[]> {
  await client.query('begin');
  try {
    await client.query('set local role darkroom_app');
    await client.query(`select set_config('darkroom.owner', $1, true)`, [ownerId]);
    const { rows } = await client.query<Row>(text, values);
    await client.query('commit');
    return rows;
  } catch (error) {
    await client.query('rollback');
    throw error;
  }
}

/** What the server says when it refuses: missing rights, and rows that a policy does not take. */
export const REFUSED = { code: '42501' };

/** A row in every table that has an owner, each with the name of the owner in it. */
export async function fillEveryTable(client: pg.Client, owner: string): Promise<void> {
  const { rows } = await client.query<{ id: string }>(
    `insert into images (owner_id, original, file_name, description)
     values ($1, 'https://example.com/' || $1 || '.jpg', $1 || '.jpg', $1) returning id`,
    [owner],
  );
  const image = rows[0]?.id;
  const run = `run-of-${owner}`;
  const token = `(select id from api_tokens where owner_id = '${owner}')`;
  const endpoint = `(select id from webhook_endpoints where owner_id = '${owner}')`;
  for (const insert of [
    `into image_variants (image_id, image_key, recipe, tier, width, height, format, key, size_bytes, sha256)
     values ('${image}', '${owner}', 'r', 'sm', 640, 480, 'webp', '${owner}', 1, 's')`,
    `into image_embeddings (image_id, model, dims, vector) values ('${image}', '${owner}', 2, '[1,0]')`,
    `into generation_jobs (owner_id, prompt) values ('${owner}', 'a lighthouse')`,
    `into backfill_runs (id, workflow_id, scope, steps, total) values ('${run}', 'w', 'all', '{}', 1)`,
    `into run_failures (run_id, image_id, step, kind, message) values ('${run}', '${image}', 'variants', 'k', 'm')`,
    `into api_tokens (name, role, owner_id, sha256) values ('${owner}', 'owner', '${owner}', '${owner}')`,
    `into idempotency_keys (token_id, key, request_sha256) values (${token}, '${owner}', 's')`,
    `into webhook_endpoints (owner_id, url, secret, events) values ('${owner}', 'https://x', 's', '{}')`,
    `into webhook_deliveries (endpoint_id, type, about, payload) values (${endpoint}, 't', '${owner}', '{}')`,
    `into webhook_failures (endpoint_id, image_id, owner_id, file_name, kind)
     values (${endpoint}, '${image}', '${owner}', 'f', 'k')`,
  ]) {
    await client.query(`insert ${insert}`);
  }
}
