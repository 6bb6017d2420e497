import { execFile } from 'node:child_process';
import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { cacheFolder } from './cache-folder.js';
import { buildTemporal } from './temporal-build.js';
import { downloadTemporal } from './temporal-download.js';

/** The newest CLI whose go.mod lets `go install` build it; its server is 1.29.1. */
export const TEMPORAL_CLI_VERSION = 'v1.5.1';

const run = promisify(execFile);

interface Search {
  /** Tells people what takes its time, one line a call. */
  say: (line: string) => void;
  env?: NodeJS.ProcessEnv;
  signal?: AbortSignal;
}

/**
 * Path of a Temporal CLI that works: on PATH, in our cache, downloaded by the SDK, or built by Go.
 * What was downloaded or built stays in the cache, outside node_modules.
 * @throws Error naming the ways out when there is none.
 */
export async function findTemporalBinary({ say, env = process.env, signal }: Search) {
  const cached = join(temporalCache(env), 'temporal');
  const found = (await onPath('temporal', env)) ?? ((await works(cached)) ? cached : undefined);
  if (found !== undefined) return found;

  const into = { say, env, target: cached, version: TEMPORAL_CLI_VERSION, signal };
  if ((await downloadTemporal(into)) && (await works(cached))) return cached;
  signal?.throwIfAborted();
  const go = await onPath('go', env, 'version');
  if (go !== undefined && (await buildTemporal({ ...into, go }))) return cached;
  signal?.throwIfAborted();
  throw new Error(
    `There is no Temporal server here and none could be ${go ? 'built' : 'downloaded'}. Either ` +
      'install the Temporal CLI and put it on PATH (https://docs.temporal.io/cli), or install Go ' +
      '(https://go.dev/dl) so that it can be built here, or set TEMPORAL_ADDRESS to a server.',
  );
}

/** One download or build serves every checkout. */
export function temporalCache(env: NodeJS.ProcessEnv = process.env): string {
  return cacheFolder(`temporal-${TEMPORAL_CLI_VERSION.slice(1)}`, env);
}

async function onPath(name: string, env: NodeJS.ProcessEnv, probe = '--version') {
  const file = process.platform === 'win32' ? `${name}.exe` : name;
  for (const folder of (env.PATH ?? '').split(delimiter).filter(Boolean)) {
    const path = join(folder, file);
    if (await works(path, probe)) return path;
  }
  return undefined;
}

/** A file of that name proves nothing: it may be of another platform, or half a download. */
async function works(path: string, probe = '--version'): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    await run(path, [probe], { timeout: 10_000 });
    return true;
  } catch {
    return false;
  }
}
