import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openBrowser, openPage, seriousFindings } from '../support/browser.js';
import { picture } from '../support/pictures.js';
import { runEnd } from '../support/run-end.js';
import { startSite, type Site } from '../support/site.js';

const WIDTHS = [360, 1280];
const SCHEMES = ['dark', 'light'] as const;

/** Every page in every width and light: nothing that hinders people, nothing that the browser refuses. */
describe.sequential('the pages, however they are looked at,', () => {
  let browser: Browser;
  let site: Site;
  beforeAll(async () => {
    browser = await openBrowser();
    site = await startSite();
  });
  afterAll(async () => {
    await browser.close();
    await site[Symbol.asyncDispose]();
  });

  async function troubles(path: string, status = 200): Promise<string[]> {
    const found: string[] = [];
    for (const width of WIDTHS) {
      for (const colorScheme of SCHEMES) {
        const page = await openPage(browser, { colorScheme, viewport: { width, height: 800 } });
        const answer = await page.goto(`${site.origin}${path}`);
        if (answer?.status() !== status) found.push(`answers ${answer?.status()}`);
        const scrolls = Number(await page.evaluate('document.documentElement.scrollWidth'));
        if (scrolls > width) found.push(`${width} px: scrolls to ${scrolls}`);
        found.push(...(await seriousFindings(page)));
        // The browser itself complains about a page that is an error, which it is meant to be.
        found.push(...page.complaints.filter((it) => !it.includes(`status of ${status}`)));
        await page.context().close();
      }
    }
    return [...new Set(found)].map((it) => `${path} ${it}`);
  }

  it('are as they should be while there is nothing', async () => {
    for (const path of ['/admin/tasks', '/admin/images', '/admin/settings']) {
      expect(await troubles(path)).toEqual([]);
    }
    expect(await troubles('/admin/nothing', 404)).toEqual([]);
    expect(await troubles('/docs')).toEqual([]);
  });

  it('are as they should be when a run has ended with a failure', async () => {
    await site.pipeline.addPictures({
      'a long name without a single blank that would let it break anywhere.jpg': await picture({
        widthPx: 800,
        heightPx: 300,
      }),
      'broken.jpg': Buffer.from('no picture'),
    });
    const { darkroom } = site.pipeline;
    const { runId } = await darkroom.backfill.start({ startedBy: 'the page' });
    await runEnd(site.pipeline, runId);
    const images = (await darkroom.images()).map(({ id }) => `/admin/images/${id}`);
    expect(images).toHaveLength(2);
    for (const path of [
      '/admin/tasks',
      '/admin/images',
      '/admin/images?status=failed',
      ...images,
    ]) {
      expect(await troubles(path)).toEqual([]);
    }
  });
});
