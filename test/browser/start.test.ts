import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { addSmall } from '../support/add-pictures.js';
import { gate } from '../support/gate.js';
import { describingBehind } from '../support/held-descriptions.js';
import { says, startRun } from '../support/tasks-page.js';
import { startVisit, type Visit } from '../support/visit.js';

describe('a run that is started on Tasks', () => {
  const held = gate();
  let visit: Visit;
  beforeAll(async () => {
    visit = await startVisit({ replace: (deps) => describingBehind(deps, held) });
    await addSmall(visit.site.pipeline, 6);
  });
  afterEach(async () => expect(await visit.leave()).toEqual([]));
  afterAll(() => visit[Symbol.asyncDispose]());

  it('is watched live to its end, also by those who only look', async () => {
    const page = await visit.open('/admin/tasks');
    const onlooker = await visit.open('/admin/tasks');
    await says(page, /^0 of 6 images ready, no run yet\.$/);
    expect(await page.getByRole('radio', { name: /Missing.*6 images/ }).isChecked()).toBe(true);

    await startRun(page, /^0 of 6 images ready, .*left|^0 of 6 images ready\./);
    await page.getByText('The backfill of 6 images is under way.').waitFor();
    await page.getByRole('heading', { name: 'In flight' }).waitFor();
    await page.getByRole('link', { name: 'picture-000.png' }).waitFor();
    await page.getByText('describing').first().waitFor();
    await expect.poll(() => page.title()).toBe('0 % Backfill - Darkroom');

    held.open();
    await says(page, /^6 of 6 images ready, the last run succeeded\.$/);
    await expect.poll(() => page.title()).toBe('Tasks - Darkroom');
    await page.getByRole('row', { name: /missing the page succeeded 6 0 6/ }).waitFor();
    await page.getByText('6 images ready, at most').waitFor();
    await says(onlooker, /^6 of 6 images ready, the last run succeeded\.$/);
  });
});
