import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openCatalog } from '../catalog/postgres.js';
import { tokens } from '../client/tokens.js';

/**
 * The administrator's token of a data folder: made once and kept there, for its owner's eyes only.
 * When the database does not know it, because it is a new one, there is a new token.
 */
export async function firstToken(dataDir: string, databaseUrl: string): Promise<string> {
  const file = join(dataDir, 'admin-token');
  const kept = (await readFile(file, 'utf8').catch(() => '')).trim();
  await using catalog = openCatalog(databaseUrl, { connections: 1 });
  const all = tokens(catalog);
  if ((await all.authenticate(kept))?.role === 'admin') return kept;

  const name = `embedded ${createHash('sha256').update(dataDir).digest('hex').slice(0, 8)}`;
  // What nobody has any more must not count among the two of a name.
  for (const lost of (await all.list()).filter((it) => it.name === name && !it.revokedAt)) {
    await all.revoke(lost.id);
  }
  const { token } = await all.create({ name, role: 'admin' });
  await writeFile(file, `${token}\n`, { mode: 0o600 });
  return token;
}
