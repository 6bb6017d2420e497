import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openBrowser, openPage, seriousFindings } from '../support/browser.js';
import { gate, type Gate } from '../support/gate.js';
import { encodingBehind } from '../support/held-encodes.js';
import { picture } from '../support/pictures.js';
import { startSite, type Site } from '../support/site.js';

const SMALL = { widthPx: 320, heightPx: 240 };

/** With only the words that the page shows, as people find their way. */
describe('the page Tasks in a browser', () => {
  let browser: Browser;
  let held: Gate;
  let site: Site;
  let page: Page & { complaints: string[] };
  beforeAll(async () => {
    browser = await openBrowser();
  });
  afterAll(() => browser.close());
  beforeEach(async () => {
    held = gate();
    site = await startSite({ replace: (deps) => encodingBehind(deps, held) });
    page = await openPage(browser);
  });
  afterEach(async () => {
    held.open();
    await page.context().close();
    await site[Symbol.asyncDispose]();
  });

  const addPictures = async (count: number) => {
    const pictures = Array.from({ length: count }, async (_, seed) => [
      `picture-${seed}.jpg`,
      await picture({ ...SMALL, seed }),
    ]);
    await site.pipeline.addPictures(
      Object.fromEntries(await Promise.all(pictures)) as Record<string, Buffer>,
    );
  };
  const button = (name: string) => page.getByRole('button', { name, exact: true });
  const heading = (name: string | RegExp) => page.getByRole('heading', { name });

  it('starts a run, pauses, widens, resumes and watches it to the end', async () => {
    await addPictures(3);
    await page.goto(`${site.origin}/admin/tasks`);
    await button('Start').click();
    await heading('0 of 3 images ready').waitFor();
    await expect.poll(() => page.title(), { timeout: 20_000 }).toBe('0 % Backfill - Darkroom');

    await button('Pause').click();
    await button('Resume').waitFor();
    await heading(/paused/i).waitFor();
    await page.getByRole('button', { name: 'More images at once' }).click();
    await expect
      .poll(() => page.getByRole('status', { name: 'Concurrency' }).textContent())
      .toBe('9');
    await button('Resume').click();
    await button('Pause').waitFor();

    held.open();
    await heading('3 of 3 images ready').waitFor();
    await page.getByRole('cell', { name: 'succeeded', exact: true }).waitFor();
    expect(page.complaints).toEqual([]);
  });

  it('cancels a run, which ends with what was done', async () => {
    await addPictures(2);
    await page.goto(`${site.origin}/admin/tasks`);
    await button('Start').click();
    await button('Cancel').click();
    await page.getByRole('cell', { name: 'cancelled', exact: true }).waitFor();
    await button('Start').waitFor();
  });

  it('says why a file failed, and tries just that again', async () => {
    held.open();
    await addPictures(1);
    await site.pipeline.addPictures({ 'broken.jpg': Buffer.from('no picture at all') });
    await page.goto(`${site.origin}/admin/tasks`);
    await button('Start').click();
    const failure = page.getByRole('article', { name: 'The file is not an image.' });
    await failure.getByText('broken.jpg').first().waitFor();
    await failure.getByText('Show', { exact: true }).click();
    await failure.getByText('The content of the file is not an image.').waitFor();

    await site.pipeline.addPictures({ 'broken.jpg': await picture({ ...SMALL, seed: 9 }) });
    await failure.getByRole('button', { name: 'Retry this one' }).click();
    await heading('2 of 2 images ready').waitFor();
  });

  it('can be used by keyboard alone, and without script', async () => {
    await addPictures(1);
    await page.goto(`${site.origin}/admin/tasks`);
    await button('Start').focus();
    await page.keyboard.press('Enter');
    await button('Pause').waitFor();
    const plain = await openPage(browser, { javaScriptEnabled: false });
    await plain.goto(`${site.origin}/admin/tasks`);
    await plain.getByRole('button', { name: 'Pause', exact: true }).click();
    await plain.getByRole('button', { name: 'Resume', exact: true }).waitFor();
    await plain.context().close();
  });

  it('does not jump about while a run goes on', async () => {
    await addPictures(4);
    await page.goto(`${site.origin}/admin/tasks`);
    await button('Start').click();
    await heading('0 of 4 images ready').waitFor();
    // From here on nothing is pressed, so whatever moves does so by itself.
    await page.evaluate(`window.shifted = 0; new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shifted += entry.value;
    }).observe({ type: 'layout-shift' })`);
    held.open();
    await heading('4 of 4 images ready').waitFor();
    expect(await page.evaluate('window.shifted')).toBeLessThan(0.25);
    expect(await seriousFindings(page)).toEqual([]);
  });
});
