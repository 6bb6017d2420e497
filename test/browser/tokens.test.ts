import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { press } from '../support/tasks-page.js';
import { startVisit, type Visit } from '../support/visit.js';

describe('a token', () => {
  let visit: Visit;
  beforeAll(async () => {
    visit = await startVisit({ workers: false });
  });
  afterEach(async () => expect(await visit.leave()).toEqual([]));
  afterAll(() => visit[Symbol.asyncDispose]());

  it('is created on Settings, shown once, and revoked', async () => {
    const page = await visit.open('/admin/settings');
    await page.getByLabel('Name').fill('build machine');
    await page.getByLabel('Allows').selectOption('images of one owner');
    await page.getByLabel('Owner, if one').fill('ada');
    await press(page, 'Create token');
    const token = await page.getByLabel('The new token. It is shown this once').inputValue();
    const { tokens } = visit.site.pipeline.darkroom;
    expect(await tokens.authenticate(token)).toMatchObject({ role: 'owner', ownerId: 'ada' });

    await page.getByRole('link', { name: 'Settings' }).click();
    await page.getByRole('row', { name: /build machine images of ada .* live/ }).waitFor();
    expect(await page.getByText(token).count()).toBe(0);
    await press(page, 'Revoke build machine');
    await page.getByRole('row', { name: /build machine images of ada .* revoked/ }).waitFor();
    expect(await tokens.authenticate(token)).toBeUndefined();
  });

  it('is refused in words when it is for nobody', async () => {
    const page = await visit.open('/admin/settings', { javaScriptEnabled: false });
    await page.getByLabel('Name').fill('nobody');
    await page.getByLabel('Allows').selectOption('images of one owner');
    await press(page, 'Create token');
    await page.getByText('Name the owner whose images it is for.').waitFor();
    page.complaints.length = 0;
  });
});
