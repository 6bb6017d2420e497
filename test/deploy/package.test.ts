import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { installPackage, type InstalledPackage } from '../rehearsal/installed-package.js';
import { openTemporaryFolder } from '../support/temporary-folder.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const run = promisify(execFile);

describe('the package, installed in an empty project', () => {
  const folder = openTemporaryFolder();
  let installed: InstalledPackage;
  beforeAll(async () => {
    installed = await installPackage(folder.path);
  }, 300_000);
  afterAll(() => folder[Symbol.asyncDispose]());

  it('has a command that works', async () => {
    const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
      version: string;
    };
    const { stdout } = await run(installed.command, ['--version']);
    expect(stdout.trim()).toBe(version);
  });

  it('is imported by its name, and says what is missing in the words of everywhere', async () => {
    const program = `
      import { openDarkroom } from 'darkroom';
      await openDarkroom({}).catch((error) => console.log(error.message));`;
    const { stdout } = await run(process.execPath, ['--input-type=module', '-e', program], {
      cwd: installed.folder,
    });
    expect(stdout).toContain('DATABASE_URL is required');
  });

  it('brings its types', async () => {
    const [right, wrong] = ["'ada'", '12'].map(
      (owner) => `
      import { openDarkroom } from 'darkroom';
      const darkroom = await openDarkroom();
      const { id }: { id: string } = await darkroom.upload({
        ownerId: ${owner}, fileName: 'a.jpg', body: new Uint8Array(),
      });
      export const status: string | undefined = (await darkroom.image(id))?.status;`,
    );
    await writeFile(join(installed.folder, 'right.ts'), right ?? '');
    await writeFile(join(installed.folder, 'wrong.ts'), wrong ?? '');
    const compile = (file: string) =>
      run(
        process.execPath,
        [
          join(ROOT, 'node_modules/typescript/bin/tsc'),
          ...['--noEmit', '--strict', '--skipLibCheck', '--target', 'es2023'],
          ...['--module', 'nodenext', file],
        ],
        { cwd: installed.folder },
      ).then(
        () => '',
        (error: { stdout: string }) => error.stdout,
      );
    expect(await compile('right.ts')).toBe('');
    expect(await compile('wrong.ts')).toContain("'number' is not assignable to type 'string'");
  });
});
