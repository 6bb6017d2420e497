import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { startDemo } from '../support/demo-program.js';
import { picture } from '../support/pictures.js';
import { press, says } from '../support/tasks-page.js';
import { openTemporaryFolder } from '../support/temporary-folder.js';
import { openPages } from '../support/visit.js';

const PHOTO = { widthPx: 2400, heightPx: 1600 };

it(
  'the demo is watched and cancelled in a browser, and what failed is understood and retried',
  { timeout: 300_000 },
  async () => {
    await using folder = openTemporaryFolder();
    const photos = join(folder.path, 'photos');
    await mkdir(photos);
    for (let seed = 0; seed < 14; seed += 1) {
      await writeFile(join(photos, `picture-${seed}.jpg`), await picture({ ...PHOTO, seed }));
    }
    const broken = join(photos, 'cut-short.jpg');
    await writeFile(broken, (await picture(PHOTO)).subarray(0, 50_000));

    await using demo = await startDemo(join(folder.path, 'data'), photos);
    await using pages = await openPages(demo.printed.admin);
    const page = await pages.open(demo.printed.admin);
    page.setDefaultTimeout(60_000);
    // Signed in, and the token stands in the address no longer.
    await page.getByRole('heading', { level: 1 }).waitFor();
    expect(page.url()).not.toContain('token');

    await says(page, /^[1-9]\d* of 15 images ready, 1 failed/);
    await expect.poll(() => page.title()).toMatch(/^\d+ % Backfill - Darkroom$/);
    await press(page, 'Cancel');
    await says(page, /1 failed, the last run was cancelled\.$/);

    const failure = page.getByRole('article', { name: 'The image is damaged or incomplete' });
    await failure.getByText('Show', { exact: true }).click();
    await failure.getByText(/premature end of JPEG image/).waitFor();
    await writeFile(broken, await picture({ ...PHOTO, seed: 99 }));
    await press(page, 'Retry this one');
    await says(page, /of 15 images ready, the last run succeeded\.$/);

    expect(await pages.leave()).toEqual([]);
    expect(await demo.end()).toEqual({ code: 0, left: [] });
  },
);
