import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { addSmall } from '../support/add-pictures.js';
import { gate } from '../support/gate.js';
import { describingBehind } from '../support/held-descriptions.js';
import { picture } from '../support/pictures.js';
import { press, says, startRun } from '../support/tasks-page.js';
import { startVisit, type Visit } from '../support/visit.js';

describe('a browser without script', () => {
  let visit: Visit;
  beforeAll(async () => {
    visit = await startVisit({ replace: (deps) => describingBehind(deps, gate()) });
    await addSmall(visit.site.pipeline, 62);
  });
  afterEach(async () => expect(await visit.leave()).toEqual([]));
  afterAll(() => visit[Symbol.asyncDispose]());

  const open = (path: string) => visit.open(path, { javaScriptEnabled: false });

  it('starts a run, pauses, resumes and cancels it', async () => {
    const page = await open('/admin/tasks');
    await startRun(page, /^0 of 62 images ready/);
    await press(page, 'Pause');
    await says(page, /^Paused at 0 of 62 images ready/);
    await press(page, 'Resume');
    await says(page, /^0 of 62 images ready/);
    await press(page, 'More images at once');
    await expect
      .poll(() => page.getByRole('status', { name: 'Concurrency' }).textContent())
      .toBe('9');
    await press(page, 'Cancel');
    await says(page, /the last run was cancelled\.$/);
  });

  it('adds a file, loads more and narrows the list', async () => {
    const page = await open('/admin/images');
    await page.getByLabel('Add images').setInputFiles({
      ...{ name: 'harbour.jpg', mimeType: 'image/jpeg' },
      buffer: await picture({ widthPx: 300, heightPx: 200, seed: 99 }),
    });
    await press(page, 'Upload');
    await page.getByRole('heading', { level: 1, name: 'Images 63 images' }).waitFor();
    await page.getByRole('link', { name: 'Load more' }).click();
    const images = page.getByRole('list', { name: 'Images' }).getByRole('listitem');
    expect(await images.count()).toBe(3);
    await page.getByLabel('State').selectOption('failed');
    await press(page, 'Filter');
    await page.getByText('No image is like that.').waitFor();
  });
});
