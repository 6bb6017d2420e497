import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { commandOf } from '../../src/dev/processes.js';
import type { Browser } from 'playwright-core';
import { openBrowser, openPage } from '../support/browser.js';
import { picture } from '../support/pictures.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const PROGRAM = fileURLToPath(new URL('../../bin/darkroom.js', import.meta.url));

/** Enough for a run of some seconds, in which it can be cancelled. */
const COUNT = 10;

interface Where {
  admin: string;
  workerPid: number;
}

/** What the README says, and nothing else. */
describe('the demo in a browser', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await openBrowser();
  });
  afterAll(() => browser.close());

  async function startDemo(photos: string): Promise<{ child: ChildProcess; where: Where }> {
    const { PATH = '', HOME = '' } = process.env;
    const child = spawn(process.execPath, [PROGRAM, 'demo', '--json', '--photos', photos], {
      cwd: temporaryFolder(),
      env: { PATH, HOME, HTTP_PORT: '0', ENCODERS: '1' },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    const [line] = (await once(createInterface(child.stdout as NodeJS.ReadableStream), 'line')) as [
      string,
    ];
    return { child, where: JSON.parse(line) as Where };
  }

  it('opens signed in, shows the backfill, cancels one, and says why a file failed', async () => {
    const photos = join(temporaryFolder(), 'photos');
    await mkdir(photos);
    for (let seed = 0; seed < COUNT; seed += 1) {
      const bytes = await picture({ widthPx: 1200, heightPx: 800, seed });
      await writeFile(join(photos, `picture-${seed}.jpg`), bytes);
    }
    await writeFile(join(photos, 'broken.jpg'), 'no picture at all');
    const { child, where } = await startDemo(photos);

    const page = await openPage(browser);
    await page.goto(where.admin);
    expect(page.url()).not.toContain('token');
    await page.getByRole('heading', { name: `${COUNT} of ${COUNT + 1} images ready` }).waitFor();
    const failure = page.getByRole('article', { name: 'The file is not an image.' });
    await failure.getByText('broken.jpg').first().waitFor();

    await writeFile(join(photos, 'broken.jpg'), await picture({ widthPx: 300, heightPx: 200 }));
    await failure.getByRole('button', { name: 'Retry this one' }).click();
    await page
      .getByRole('heading', { name: `${COUNT + 1} of ${COUNT + 1} images ready` })
      .waitFor();

    await page.getByText('everything again, also what is done').click();
    await page.getByRole('button', { name: 'Start', exact: true }).click();
    await page.getByRole('button', { name: 'Cancel' }).click();
    await page.getByRole('cell', { name: 'cancelled', exact: true }).waitFor();

    child.kill('SIGTERM');
    const [code] = (await once(child, 'exit')) as [number | null];
    expect(code).toBe(0);
    await vi.waitUntil(() => commandOf(where.workerPid) === undefined);
  });
});
