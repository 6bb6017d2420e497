import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { seriousFindings } from '../support/browser.js';
import { picture } from '../support/pictures.js';
import { startVisit, type Visit } from '../support/visit.js';

describe.sequential('the page Search', () => {
  let visit: Visit;
  beforeAll(async () => {
    visit = await startVisit();
    const { darkroom } = visit.site.pipeline;
    for (const [at, fileName] of ['harbor-dawn.jpg', 'forest.jpg'].entries()) {
      const body = await picture({ widthPx: 300, heightPx: 200, seed: at });
      const { id } = await darkroom.upload({ ownerId: 'ann', fileName, body });
      await darkroom.process(id, { wait: true });
    }
  });
  // htmx notes as an error that a newer question ended the one before it, which is what it is to do.
  const overtaken = /^htmx:(afterRequest|sendAbort), /;
  afterEach(async () => {
    const complaints = await visit.leave();
    expect(complaints.filter((complaint) => !overtaken.test(complaint))).toEqual([]);
  });
  afterAll(() => visit[Symbol.asyncDispose]());

  const field = (page: Page) => page.getByRole('searchbox');
  const hits = (page: Page) =>
    page.getByRole('list', { name: 'Found images' }).locator('> li').count();

  it('answers as one pauses typing, says why, and keeps what is typed when an answer is late', async () => {
    const page = await visit.open('/admin/search');
    await field(page).pressSequentially('harbor');
    await page.getByText('1 image for “harbor”.').waitFor();
    expect(await hits(page)).toBe(1);
    expect(await page.getByRole('list', { name: 'Found by' }).textContent()).toContain('harbor');
    await expect.poll(() => page.url()).toContain('query=harbor');

    // The answer to the first word comes when the second is being typed already.
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    await page.route(/query=forest&/, async (route) => {
      await held;
      await route.continue().catch(() => undefined);
    });
    const asked = page.waitForRequest(/query=forest&/);
    await field(page).fill('forest');
    await asked;
    await field(page).pressSequentially(' xqzvw');
    release();
    await page.getByText('1 image for “forest xqzvw”.').waitFor();
    expect(await field(page).inputValue()).toBe('forest xqzvw');
    expect(await page.locator('#query:focus').count()).toBe(1);

    await field(page).fill('xqzvw');
    await page.getByText('Nothing was found for “xqzvw”.').waitFor();
    await page.getByText('close enough in meaning').waitFor();
    await field(page).fill('harbor');
    await page.getByLabel('To').fill('2001-01-31');
    await page.getByText('No image passes the filters.').waitFor();
    expect(await seriousFindings(page)).toEqual([]);
  });

  it('works without script', async () => {
    const page = await visit.open('/admin/search', { javaScriptEnabled: false });
    await field(page).fill('forest');
    await page.getByRole('button', { name: 'Search' }).click();
    expect(await hits(page)).toBe(1);
    expect(await field(page).inputValue()).toBe('forest');
  });

  it('fits a telephone', async () => {
    const page = await visit.open('/admin/search?query=landscape', {
      viewport: { width: 360, height: 740 },
    });
    expect(await hits(page)).toBe(2);
    const wide = await page.evaluate<number>('document.documentElement.scrollWidth');
    expect(wide).toBeLessThanOrEqual(360);
  });
});
