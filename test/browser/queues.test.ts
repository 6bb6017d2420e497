import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { press } from '../support/tasks-page.js';
import { startVisit, type Visit } from '../support/visit.js';

describe('the page Queues', () => {
  let visit: Visit;
  beforeAll(async () => {
    visit = await startVisit({ workers: false });
  });
  afterEach(async () => expect(await visit.leave()).toEqual([]));
  afterAll(() => visit[Symbol.asyncDispose]());

  const rate = async () => (await visit.site.pipeline.darkroom.limits.list())[0]?.ratePerMinute;

  it('keeps what one types while its numbers are shown anew', async () => {
    const page = await visit.open('/admin/queues');
    const field = page.getByLabel('darkroom-metadata, calls a minute');
    await field.fill('42');
    const shownAnew = () =>
      page.waitForResponse((response) => response.url().endsWith('/admin/queues/table'));
    await shownAnew();
    await shownAnew();
    expect(await field.inputValue()).toBe('42');
    await field.press('Enter');
    await page.getByText('darkroom-metadata may make 42 calls a minute now.').waitFor();
    expect(await rate()).toBe(42);
  });

  it('does without script, and at the width of a telephone', async () => {
    const page = await visit.open('/admin/queues', { javaScriptEnabled: false });
    await page.setViewportSize({ width: 360, height: 700 });
    const width = await page.evaluate<number>('document.documentElement.scrollWidth');
    expect(width).toBeLessThanOrEqual(360);
    await page.getByLabel('darkroom-embedding, calls a minute').fill('7');
    await press(page, 'Set darkroom-embedding');
    await page.getByRole('heading', { name: 'Queues' }).waitFor();
    expect((await visit.site.pipeline.darkroom.limits.list())[1]?.ratePerMinute).toBe(7);
  });
});
