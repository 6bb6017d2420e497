import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openBrowser, openPage } from '../support/browser.js';
import { picture } from '../support/pictures.js';
import { startSite, type Site } from '../support/site.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const cells = (page: Page) => page.getByRole('list', { name: 'Images' }).getByRole('listitem');

/** One library, from the first upload to the last deletion. */
describe.sequential('the pages of images in a browser', () => {
  let browser: Browser;
  let site: Site;
  let page: Page & { complaints: string[] };
  beforeAll(async () => {
    browser = await openBrowser();
    site = await startSite();
    page = await openPage(browser);
  });
  afterAll(async () => {
    await browser.close();
    await site[Symbol.asyncDispose]();
  });

  it('take files that are chosen, and show each become ready', async () => {
    const file = join(temporaryFolder(), 'harbour.jpg');
    await writeFile(file, await picture({ widthPx: 700, heightPx: 500, seed: 1 }));
    await page.goto(`${site.origin}/admin/images`);
    await page.getByText('There are no images yet.').waitFor();
    await page.getByLabel('Add images').setInputFiles(file);
    // Described by now, so its words are those of the builtin describer.
    await page.getByRole('img', { name: /harbour/i }).waitFor();
    await expect.poll(() => page.getByText('There are no images yet.').count()).toBe(0);
    expect(page.complaints).toEqual([]);
  });

  it('take files that are dropped anywhere, and say why a broken one fails', async () => {
    const bytes = (await picture({ widthPx: 400, heightPx: 300, seed: 2 })).toString('base64');
    await page.evaluate(`{
      const transfer = new DataTransfer();
      const bytes = Uint8Array.from(atob('${bytes}'), (it) => it.charCodeAt(0));
      transfer.items.add(new File([bytes], 'mole.jpg', { type: 'image/jpeg' }));
      transfer.items.add(new File(['no picture'], 'list.jpg', { type: 'image/jpeg' }));
      for (const type of ['dragenter', 'dragover', 'drop'])
        document.body.dispatchEvent(
          new DragEvent(type, { dataTransfer: transfer, bubbles: true, cancelable: true }));
    }`);
    await page.getByRole('img', { name: /mole/i }).waitFor();
    await page.getByText('Set aside').waitFor();
    await page.getByRole('link', { name: /list\.jpg/ }).click();
    await page.getByText('The content of the file is not an image.').first().waitFor();
  });

  it('narrow the list by its state', async () => {
    await page.goto(`${site.origin}/admin/images`);
    await page.getByLabel('State').selectOption({ label: 'failed' });
    await expect.poll(() => cells(page).count()).toBe(1);
    await page.getByRole('link', { name: 'Clear' }).click();
    await expect.poll(() => cells(page).count()).toBe(3);
  });

  it('tell the story of one image, process it again and hand out its markup', async () => {
    await page.getByRole('img', { name: /harbour/i }).click();
    await page.getByRole('heading', { name: 'harbour.jpg' }).waitFor();
    await page.getByText('tier 640').first().waitFor();
    await page.getByText('Picture markup').click();
    await expect
      .poll(() => page.getByLabel('What a page needs to show this image').inputValue())
      .toMatch(/^<picture>.*<\/picture>$/);
    await page.getByRole('button', { name: 'Process again' }).click();
    await page.getByText('Done.').waitFor();
  });

  it('delete an image for those who say it twice', async () => {
    await page.getByText('Delete', { exact: true }).click();
    await page.getByRole('button', { name: 'Delete this image' }).click();
    await page.waitForURL('**/admin/images');
    await expect.poll(() => cells(page).count()).toBe(2);
  });

  it('bring more without script too', async () => {
    const many = Array.from({ length: 61 }, (_, index) => ({
      ...{ ownerId: 'ann', original: `file:///nowhere/${index}.jpg`, fileName: `${index}.jpg` },
    }));
    await site.pipeline.deps.catalog.images.add(many);
    const plain = await openPage(browser, { javaScriptEnabled: false });
    await plain.goto(`${site.origin}/admin/images`);
    expect(await cells(plain).count()).toBe(60);
    await plain.getByRole('link', { name: 'Load more' }).click();
    expect(await cells(plain).count()).toBe(3);
    await page.goto(`${site.origin}/admin/images`);
    await page.getByRole('link', { name: 'Load more' }).click();
    await expect.poll(() => cells(page).count()).toBe(63);
  });
});
