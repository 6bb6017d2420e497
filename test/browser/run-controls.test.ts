import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { addSmall } from '../support/add-pictures.js';
import { gate } from '../support/gate.js';
import { describingBehind } from '../support/held-descriptions.js';
import { press, says, startRun } from '../support/tasks-page.js';
import { startVisit, type Visit } from '../support/visit.js';

describe('a run that goes on', () => {
  let visit: Visit;
  beforeAll(async () => {
    visit = await startVisit({ replace: (deps) => describingBehind(deps, gate()) });
    await addSmall(visit.site.pipeline, 30);
  });
  afterEach(async () => expect(await visit.leave()).toEqual([]));
  afterAll(() => visit[Symbol.asyncDispose]());

  it('is paused, resumed, made wider and narrower, and cancelled on the page', async () => {
    const page = await visit.open('/admin/tasks');
    await startRun(page, /^0 of 30 images ready/);

    await press(page, 'Pause');
    await page.getByText('Paused. Images in flight finish; no other is started').waitFor();
    await says(page, /^Paused at 0 of 30 images ready, \d+ still finishing\.$/);
    await expect.poll(() => page.title()).toBe('Paused at 0 % - Darkroom');
    await press(page, 'Resume');
    await says(page, /^0 of 30 images ready/);
    await page.getByText('The run goes on.').waitFor();

    const width = page.getByRole('status', { name: 'Concurrency' });
    const before = Number(await width.textContent());
    await press(page, 'More images at once');
    await page.getByText(`${before + 1} images at once from now on.`).waitFor();
    await expect.poll(() => width.textContent()).toBe(String(before + 1));
    await press(page, 'Fewer images at once');
    await expect.poll(() => width.textContent()).toBe(String(before));

    await press(page, 'Cancel');
    await page.getByText('Cancelled after 0 images. What is ready stays ready.').waitFor();
    await says(page, /^\d+ of 30 images ready, the last run was cancelled\.$/);
    await page.getByRole('row', { name: /missing the page cancelled/ }).waitFor();
    await page.getByRole('button', { name: 'Start' }).waitFor();
  });
});
