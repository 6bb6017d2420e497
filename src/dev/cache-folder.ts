import { homedir } from 'node:os';
import { join } from 'node:path';

/** Outside the checkout: what was made once serves every checkout and survives `npm ci`. */
export function cacheFolder(name: string, env: NodeJS.ProcessEnv = process.env): string {
  const base = env.XDG_CACHE_HOME || join(env.HOME ?? homedir(), '.cache');
  return join(base, 'darkroom', name);
}
