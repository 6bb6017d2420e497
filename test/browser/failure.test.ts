import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { picture } from '../support/pictures.js';
import { press, says, startRun } from '../support/tasks-page.js';
import { startVisit, type Visit } from '../support/visit.js';

const SIZE = { widthPx: 300, heightPx: 200 };

describe('a file that is broken', () => {
  let visit: Visit;
  beforeAll(async () => {
    visit = await startVisit();
    await visit.site.pipeline.addPictures({
      'whole.jpg': await picture(SIZE),
      'cut-short.jpg': (await picture(SIZE)).subarray(0, 9_000),
    });
  });
  afterEach(async () => expect(await visit.leave()).toEqual([]));
  afterAll(() => visit[Symbol.asyncDispose]());

  it('says why on Tasks and on its own page, and is retried once it is mended', async () => {
    const page = await visit.open('/admin/tasks');
    await startRun(page, /1 of 2 images ready, 1 failed, the last run finished with failures\.$/);

    const failure = page.getByRole('article', { name: 'The image is damaged or incomplete' });
    await failure.getByText('1 image, ImageCorrupt. Set aside').waitFor();
    await failure.getByText('Show', { exact: true }).click();
    await failure.getByText(/The image cannot be decoded: .*premature end/).waitFor();

    await failure.getByRole('link', { name: 'cut-short.jpg' }).first().click();
    await page.getByRole('heading', { level: 1, name: 'cut-short.jpg' }).waitFor();
    await page.getByText('Set aside', { exact: true }).waitFor();
    await page.getByText('It is set aside: mend the file and process it again').waitFor();
    await page
      .getByRole('row', { name: /failed/ })
      .first()
      .waitFor();

    await writeFile(join(visit.site.pipeline.photos, 'cut-short.jpg'), await picture(SIZE));
    await page.getByRole('link', { name: 'Tasks' }).click();
    await press(page, 'Retry this one');
    await page.getByText('1 image is being tried again.').waitFor();
    await says(page, /^2 of 2 images ready, the last run succeeded\.$/);
    await expect.poll(() => failure.count()).toBe(0);
  });
});
