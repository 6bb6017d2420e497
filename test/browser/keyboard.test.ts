import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { addSmall } from '../support/add-pictures.js';
import { gate } from '../support/gate.js';
import { describingBehind } from '../support/held-descriptions.js';
import { says } from '../support/tasks-page.js';
import { startVisit, type Visit } from '../support/visit.js';

describe('with the keyboard alone', () => {
  let visit: Visit;
  beforeAll(async () => {
    visit = await startVisit({ replace: (deps) => describingBehind(deps, gate()) });
    await addSmall(visit.site.pipeline, 4);
  });
  afterEach(async () => expect(await visit.leave()).toEqual([]));
  afterAll(() => visit[Symbol.asyncDispose]());

  it('a run is started, paused, resumed and cancelled, and the focus stays where one is', async () => {
    const page = await visit.open('/admin/tasks');
    await page.keyboard.press('Tab');
    await page
      .getByRole('link', { name: 'Skip to the page' })
      .and(page.locator(':focus'))
      .waitFor();
    await page.keyboard.press('Enter');
    await page.keyboard.press('Tab');
    await hasFocus(page, 'radio', /Missing/);
    await page.keyboard.press('ArrowDown');
    await hasFocus(page, 'radio', /All/);
    await page.keyboard.press('Tab');
    await hasFocus(page, 'button', /Start/);
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Start' }).waitFor({ state: 'detached' });

    await page.keyboard.press('Tab');
    await hasFocus(page, 'button', /Pause/);
    await page.keyboard.press('Enter');
    await says(page, /^Paused/);
    await hasFocus(page, 'button', /Resume/);
    await page.keyboard.press('Space');
    await says(page, /^0 of 4 images ready\.$/);
    await hasFocus(page, 'button', /Pause/);
    for (const name of [/Fewer/, /More/, /Cancel/]) {
      await page.keyboard.press('Tab');
      await hasFocus(page, 'button', name);
    }
    await page.keyboard.press('Enter');
    await says(page, /the last run was cancelled/);
    await page.keyboard.press('Tab');
    await hasFocus(page, 'radio', /Missing/);
  });

  it('a button that is pressed in the moment in which it appears does not leave the page', async () => {
    await visit.site.pipeline.darkroom.backfill.start({ scope: 'all' });
    const page = await visit.open('/admin/tasks');
    await page.getByRole('button', { name: 'Pause' }).waitFor();
    await page.evaluate(`
      window.stays = true;
      document.addEventListener('htmx:sseMessage', ({ target }) => {
        if (target.id === 'region-controls' && !window.pressed) {
          window.pressed = true;
          document.getElementById('pause-or-resume').click();
        }
      });
      document.getElementById('pause-or-resume').click();
    `);
    await expect.poll(() => page.evaluate('window.pressed')).toBe(true);
    await says(page, /^0 of 4 images ready\.$/);
    expect(await page.evaluate('window.stays')).toBe(true);
    await visit.site.pipeline.darkroom.backfill.cancel();
  });
});

function hasFocus(page: Page, role: 'radio' | 'button', name: RegExp): Promise<void> {
  const named = page.getByRole(role, { name }).and(page.locator(':focus'));
  const looked = async () => {
    if ((await named.count()) > 0) return 'it';
    const [focused] = await page.locator(':focus').allInnerTexts();
    return `"${focused ?? 'nothing'}" in:\n${await page.locator('main').innerText()}`;
  };
  return expect.poll(looked, { message: `${String(name)} has the focus` }).toBe('it');
}
