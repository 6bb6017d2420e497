import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { addOne } from '../support/add-pictures.js';
import { startVisit, type Visit } from '../support/visit.js';

describe('an image', () => {
  let visit: Visit;
  let imageId: string;
  beforeAll(async () => {
    visit = await startVisit();
    imageId = await addOne(visit.site.pipeline);
    await visit.site.pipeline.darkroom.process(imageId, { wait: true });
  });
  afterEach(async () => expect(await visit.leave()).toEqual([]));
  afterAll(() => visit[Symbol.asyncDispose]());

  it('says why it is not deleted when that is refused, and when the server is away', async () => {
    const page = await visit.open(`/admin/images/${imageId}`);
    const answers: Parameters<typeof page.route>[1][] = [
      (route) => route.fulfill({ status: 503, body: '<p>The database is away.</p>' }),
      (route) => route.abort('connectionrefused'),
    ];
    for (const [index, said] of [
      'The database is away.',
      'The server does not answer.',
    ].entries()) {
      await page.route('**/delete', answers[index] ?? ((route) => route.continue()), { times: 1 });
      if (index === 0) await page.getByText('Delete', { exact: true }).click();
      await page.getByRole('button', { name: 'Delete this image' }).click();
      await page.getByRole('status').filter({ hasText: said }).waitFor();
    }
    // Chromium complains of both.
    page.complaints.length = 0;
  });

  it('is deleted by who says so twice', async () => {
    const page = await visit.open('/admin/images');
    const found = page.getByRole('list', { name: 'Images' }).getByRole('link');
    await found.click();
    const confirm = page.getByRole('button', { name: 'Delete this image' });
    expect(await confirm.isVisible()).toBe(false);
    await page.getByText('Delete', { exact: true }).click();
    await page.getByText('Variants, description and search entry go for good').waitFor();
    await page.keyboard.press('Escape');
    expect(await confirm.isVisible()).toBe(false);

    await page.getByText('Delete', { exact: true }).click();
    await confirm.click();
    await page.getByText('There are no images yet.').waitFor();
    expect(await found.count()).toBe(0);
    expect(await visit.site.pipeline.darkroom.image(imageId)).toBeUndefined();
  });
});
