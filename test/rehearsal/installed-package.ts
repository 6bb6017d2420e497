import { execFile } from 'node:child_process';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const run = promisify(execFile);

/** A project that has nothing but the package, as `npm pack` makes it and `npm install` takes it. */
export interface InstalledPackage {
  /** The project's folder. */
  folder: string;
  /** The command `darkroom` in it. */
  command: string;
}

/** @param folder empty, or not there yet */
export async function installPackage(folder: string): Promise<InstalledPackage> {
  await mkdir(folder, { recursive: true });
  await run('npm', ['pack', '--silent', '--ignore-scripts', '--pack-destination', folder], {
    cwd: ROOT,
  });
  const [tarball = ''] = (await readdir(folder)).filter((name) => name.endsWith('.tgz'));
  const project = { name: 'an-application', private: true, type: 'module' };
  await writeFile(join(folder, 'package.json'), JSON.stringify(project));
  const quiet = ['--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error'];
  await run('npm', ['install', ...quiet, `./${tarball}`], { cwd: folder });
  return { folder, command: join(folder, 'node_modules/.bin/darkroom') };
}
