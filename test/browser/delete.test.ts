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
