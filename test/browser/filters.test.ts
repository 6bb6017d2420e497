import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { colorName } from '../../src/domain/color-names.js';
import type { ImageView } from '../../src/client.js';
import { addSmall } from '../support/add-pictures.js';
import { picture } from '../support/pictures.js';
import { startVisit, type Visit } from '../support/visit.js';

describe.sequential('the list of images', () => {
  let visit: Visit;
  let done: ImageView | undefined;
  beforeAll(async () => {
    visit = await startVisit();
    const { darkroom } = visit.site.pipeline;
    const body = await picture({ widthPx: 300, heightPx: 200, seed: 3 });
    const { id } = await darkroom.upload({ ownerId: 'ada', fileName: 'harbour.jpg', body });
    await darkroom.process(id, { wait: true });
    done = await darkroom.image(id);
    await addSmall(visit.site.pipeline, 64);
  });
  afterEach(async () => expect(await visit.leave()).toEqual([]));
  afterAll(() => visit[Symbol.asyncDispose]());

  const shown = (page: Page) =>
    page.getByRole('list', { name: 'Images' }).getByRole('listitem').count();

  it('goes on where it ended when one asks for more', async () => {
    const page = await visit.open('/admin/images');
    expect(await shown(page)).toBe(60);
    await page.getByRole('link', { name: 'Load more' }).click();
    await expect.poll(() => shown(page)).toBe(65);
    await expect.poll(() => page.getByRole('link', { name: 'Load more' }).count()).toBe(0);
  });

  it('is narrowed by state, owner, tag, colour and day, and says when nothing is like that', async () => {
    const page = await visit.open('/admin/images');
    const color = done?.colors[0]?.hex ?? '';
    const tag = done?.metadata?.tags[0] ?? '';
    await page.getByLabel('State').selectOption('completed');
    await expect.poll(() => shown(page)).toBe(1);
    await page.getByLabel('State').selectOption('any');
    await expect.poll(() => shown(page)).toBe(60);
    await page.getByLabel('Owner').selectOption('ada (1)');
    await expect.poll(() => shown(page)).toBe(1);
    await page.getByRole('radio', { name: `${colorName(color)}, 1` }).check();
    await page.getByLabel('Tag').fill(tag);
    await page.getByLabel('Tag').press('Enter');
    await expect.poll(() => page.url()).toContain(`tag=${encodeURIComponent(tag)}`);
    await expect.poll(() => shown(page)).toBe(1);
    await page.getByLabel('To').fill('2001-01-31');
    await page.getByText('No image is like that.').waitFor();
    expect(await shown(page)).toBe(0);
    await page.goBack();
    await expect.poll(() => shown(page)).toBe(1);
    await page.getByRole('link', { name: 'Clear' }).click();
    await expect.poll(() => shown(page)).toBe(60);
  });

  it('keeps what one types while the answer to an earlier choice is on its way', async () => {
    const page = await visit.open('/admin/images');
    const answers: (() => Promise<void>)[] = [];
    await page.route('**/admin/images?*', (route) => {
      answers.push(() => route.continue());
    });
    await page.getByLabel('Owner').selectOption('ada (1)');
    await expect.poll(() => answers.length).toBe(1);
    await page.getByLabel('Tag').fill('nothing-is-called-so');
    await answers[0]?.();
    await expect.poll(() => shown(page)).toBe(1);
    expect(await page.getByLabel('Tag').inputValue()).toBe('nothing-is-called-so');
    await page.getByLabel('Tag').press('Enter');
    // Enter is a change and a submit, and the second waits for its turn.
    await expect.poll(() => answers.length).toBe(2);
    await answers[1]?.();
    await expect.poll(() => answers.length).toBe(3);
    await answers[2]?.();
    await page.getByText('No image is like that.').waitFor();
  });
});
