import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ask, QUICK, until } from '../support/generations.js';
import { picture } from '../support/pictures.js';
import { press } from '../support/tasks-page.js';
import { startVisit, type Visit } from '../support/visit.js';

/** Whoever does something is told what came of it, there, and screen readers hear of what happens later. */
describe('what a page answers', { timeout: 60_000 }, () => {
  let visit: Visit;
  beforeAll(async () => {
    visit = await startVisit({ env: { MOCK_GENERATION_MS: '600000' }, replace: () => QUICK });
  });
  afterEach(async () => expect(await visit.leave()).toEqual([]));
  afterAll(() => visit[Symbol.asyncDispose]());

  const told = (page: Page, words: string) => page.locator('#notice').getByText(words).waitFor();
  /** Screen readers hear only of what is put into a box that was there before. */
  const boxOf = async (page: Page, selector: string) => {
    const box = await page.locator(selector).elementHandle();
    const isThere = (element: unknown) => (element as { isConnected: boolean }).isConnected;
    return async () => {
      expect(await box?.evaluate(isThere)).toBe(true);
      return box?.textContent();
    };
  };

  it('to revoking a token, in words, and the table shows it', async () => {
    await visit.site.pipeline.darkroom.tokens.create({ name: 'laptop', role: 'admin' });
    const page = await visit.open('/admin/settings');
    const notice = await boxOf(page, '#notice');
    await page.getByLabel('Name').fill('half typed');
    await press(page, 'Revoke laptop');
    await told(page, 'The token does not work any more.');
    await page.getByRole('row', { name: /laptop everything .* revoked/ }).waitFor();
    expect(await notice()).toContain('The token does not work any more.');
    // Its button is gone, and what somebody typed meanwhile is not.
    await page.locator('h1:focus').waitFor();
    expect(await page.getByLabel('Name').inputValue()).toBe('half typed');
  });

  it('to what is done to an endpoint, and its deliveries appear', async () => {
    await visit.site.pipeline.darkroom.webhooks.create({ url: 'https://example.com/hook' });
    const page = await visit.open('/admin/settings');
    await press(page, 'Test https://example.com/hook');
    await told(page, 'An event to test the endpoint is on its way.');
    await page.getByRole('row', { name: /test https:\/\/example.com\/hook/ }).waitFor();
    await page.locator('button:focus', { hasText: 'Test' }).waitFor();
    await press(page, 'Remove https://example.com/hook');
    await told(page, 'The endpoint is told of nothing more.');
    await page.getByText('Nobody is told of events yet').waitFor();
  });

  it('to processing an image again: the page follows it, and says its end', async () => {
    const { darkroom } = visit.site.pipeline;
    const body = await picture({ widthPx: 900, heightPx: 600 });
    const { id } = await darkroom.upload({ ownerId: 'ann', fileName: 'barn.jpg', body });
    await darkroom.process(id, { wait: true });
    const page = await visit.open(`/admin/images/${id}`);
    const said = await boxOf(page, '#said');
    await page.getByRole('button', { name: 'Process again' }).click();
    await told(page, 'Everything is being made again');
    await expect.poll(said, { timeout: 30_000 }).toBe('Completed.');
  });

  it('to cancelling a picture, on its own page', async () => {
    const { pipeline } = visit.site;
    const id = await ask(pipeline, { prompt: 'a slow river' });
    await until(pipeline, id, 'processing');
    const page = await visit.open(`/admin/generate/${id}`);
    const [notice, said] = [await boxOf(page, '#notice'), await boxOf(page, '#said')];
    await page.getByRole('button', { name: 'Cancel: a slow river' }).click();
    await told(page, '“a slow river” is being cancelled.');
    await expect.poll(said, { timeout: 30_000 }).toBe('Cancelled.');
    await notice();
  });

  it('to a question on Search', async () => {
    const page = await visit.open('/admin/search');
    const says = await boxOf(page, '#says');
    await page.getByRole('searchbox').fill('xqzvw');
    await expect.poll(says).toBe('Nothing was found for “xqzvw”.');
  });
});
