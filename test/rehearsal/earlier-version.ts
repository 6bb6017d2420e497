import { execFile } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const run = promisify(execFile);

/**
 * The files of a commit, with its own packages, built.
 * @param folder not there yet
 * @returns its command `darkroom`
 */
export async function buildEarlier(ref: string, folder: string): Promise<string> {
  await mkdir(folder);
  const archive = join(folder, '..', 'earlier.tar');
  await run('git', ['archive', '--output', archive, ref], { cwd: ROOT });
  await run('tar', ['-xf', archive, '-C', folder]);
  const quiet = ['--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error'];
  await run('npm', ['ci', ...quiet], { cwd: folder });
  await run(process.execPath, ['scripts/build.js'], { cwd: folder });
  return join(folder, 'bin/darkroom.js');
}
