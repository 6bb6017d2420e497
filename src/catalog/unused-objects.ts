import { sql, type SQL } from 'drizzle-orm';
import type { OwnObject } from '../domain/own-object.js';
import { lockKey, type Executor } from './lock-key.js';
import type { Database } from './postgres.js';

/**
 * A variant is needed while a living image serves or builds its key. Variants of an earlier build
 * stay a day longer, because pages that were made before the switch still name them.
 */
const USED_IMAGE_KEY = sql`
  exists (select 1 from images where deleted_at is null and image_key = wanted.key)
  or exists (select 1 from images where deleted_at is null and building_key = wanted.key)
  or exists (
    select 1 from image_variants join images on images.id = image_variants.image_id
    where image_variants.image_key = wanted.key and deleted_at is null
      and updated_at > now() - interval '1 day'
  )`;
const USED_PREVIEW = sql`
  exists (select 1 from images where deleted_at is null and id = wanted.key::uuid)`;
const USED_ORIGINAL = sql`exists (select 1 from images where original = wanted.key)`;
const USED_GIVEN_UP = sql`
  exists (select 1 from images where deleted_at is null and original = wanted.key)`;

export async function unusedObjects(
  executor: Executor,
  objects: OwnObject[],
): Promise<OwnObject[]> {
  const unused: OwnObject[] = [];
  for (const [rule, those] of byRule(objects)) {
    const used = await usedNames(executor, rule, [...new Set(those.map(nameOf))]);
    unused.push(...those.filter((object) => !used.has(nameOf(object))));
  }
  return unused;
}

export async function removeUnused(
  database: Database,
  object: OwnObject,
  remove: () => Promise<void>,
): Promise<boolean> {
  return database.transaction(async (transaction) => {
    await lock(transaction, object);
    const [unused] = await unusedObjects(transaction, [object]);
    if (unused === undefined) return false;
    if (object.kind === 'variant') {
      await transaction.execute(
        sql`delete from image_variants where image_key = ${object.imageKey} and key = ${object.key}`,
      );
    }
    // Inside the transaction: the lock must hold until the object is gone.
    await remove();
    return true;
  });
}

/** Against the writers that take the same lock: recordOriginal, register and replaceOriginal. */
async function lock(transaction: Executor, object: OwnObject): Promise<void> {
  if (object.kind !== 'preview') return lockKey(transaction, nameOf(object));
  // It is written before anything is recorded, but only of an image that lives.
  await transaction.execute(sql`select 1 from images where id = ${object.imageId} for update`);
}

/** What the catalog knows the object by. */
function nameOf(object: OwnObject): string {
  switch (object.kind) {
    case 'variant':
      return object.imageKey;
    case 'preview':
      return object.imageId;
    case 'original':
      return object.key;
  }
}

function ruleOf(object: OwnObject): SQL {
  switch (object.kind) {
    case 'variant':
      return USED_IMAGE_KEY;
    case 'preview':
      return USED_PREVIEW;
    case 'original':
      return object.givenUp ? USED_GIVEN_UP : USED_ORIGINAL;
  }
}

function byRule(objects: OwnObject[]): Map<SQL, OwnObject[]> {
  const groups = new Map<SQL, OwnObject[]>();
  for (const object of objects) {
    const rule = ruleOf(object);
    groups.set(rule, [...(groups.get(rule) ?? []), object]);
  }
  return groups;
}

async function usedNames(executor: Executor, rule: SQL, names: string[]): Promise<Set<string>> {
  const { rows } = await executor.execute<{ key: string }>(
    sql`select key from unnest(${sql.param(names)}::text[]) as wanted(key) where ${rule}`,
  );
  return new Set(rows.map(({ key }) => key));
}
