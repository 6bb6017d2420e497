import type { Browser, Page } from 'playwright-core';
import { openBrowser, openPage } from './browser.js';
import type { PipelineOptions } from './pipeline.js';
import { startSite, type Site } from './site.js';

type How = Parameters<typeof openPage>[1];
type Watched = Page & { complaints: string[] };

/** A browser that looks at a site. */
export interface Visit extends AsyncDisposable {
  readonly site: Site;
  open(path: string, how?: How): Promise<Watched>;
  /** Closes what is open; what the browser complained about meanwhile. */
  leave(): Promise<string[]>;
}

export async function startVisit(options?: PipelineOptions): Promise<Visit> {
  const site = await startSite(options);
  const pages = await openPages(site.origin);
  return {
    ...{ site, open: pages.open, leave: pages.leave },
    [Symbol.asyncDispose]: async () => {
      // Before the site, which pages that listen to it would keep open.
      await pages[Symbol.asyncDispose]();
      await site[Symbol.asyncDispose]();
    },
  };
}

/** The same for a site that somebody else runs. */
export async function openPages(origin: string): Promise<Omit<Visit, 'site'>> {
  const browser: Browser = await openBrowser();
  let opened: Watched[] = [];
  return {
    open: async (path, how) => {
      const page = await openPage(browser, how);
      opened.push(page);
      page.setDefaultTimeout(20_000);
      await page.goto(new URL(path, origin).href);
      return page;
    },
    leave: async () => {
      const left = opened;
      opened = [];
      for (const page of left) await page.context().close();
      return left.flatMap(({ complaints }) => complaints);
    },
    [Symbol.asyncDispose]: () => browser.close(),
  };
}
