import type { Locator, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { addOne } from '../support/add-pictures.js';
import { gate } from '../support/gate.js';
import { describingBehind } from '../support/held-descriptions.js';
import { encodingBehind } from '../support/held-encodes.js';
import { startVisit, type Visit } from '../support/visit.js';

const NARROW = { viewport: { width: 360, height: 800 } };

describe('what is shown anew', () => {
  const [encoders, describer] = [gate(), gate()];
  let visit: Visit;
  let imageId: string;
  beforeAll(async () => {
    visit = await startVisit({
      replace: (deps) => ({
        ...encodingBehind(deps, encoders),
        ...describingBehind(deps, describer),
      }),
    });
    imageId = await addOne(visit.site.pipeline);
  });
  afterEach(async () => expect(await visit.leave()).toEqual([]));
  afterAll(() => visit[Symbol.asyncDispose]());

  it('leaves the focus and tables where somebody is who uses the keyboard', async () => {
    await visit.site.pipeline.darkroom.backfill.start({});
    await expect.poll(() => encoders.waiting).toBeGreaterThan(0);
    const tasks = await visit.open('/admin/tasks', NARROW);
    const images = await visit.open('/admin/images', NARROW);
    const image = await visit.open(`/admin/images/${imageId}`, NARROW);
    await tasks.getByText('making variants').waitFor();
    const inFlight = await focusOn(tasks.getByRole('link', { name: 'harbour.jpg' }));
    const cell = await focusOn(images.getByRole('link', { name: 'harbour.jpg' }));
    const story = await focusOn(image.getByRole('region', { name: /^Story/ }));
    await scrollTo(story, 60);

    encoders.open();
    await tasks.getByText('describing', { exact: true }).waitFor();
    expect(await hasFocus(inFlight)).toBe(true);
    await images.getByText('Describing').waitFor();
    expect(await hasFocus(cell)).toBe(true);
    await image.getByText('Describing').waitFor();
    expect(await hasFocus(story)).toBe(true);
    expect(await scrollOf(story)).toBe(60);

    const history = await focusOn(tasks.getByRole('link', { name: 'Temporal', exact: true }));
    await scrollTo(runs(tasks), 80);
    describer.open();
    await tasks.getByText('succeeded', { exact: true }).waitFor();
    expect(await hasFocus(history)).toBe(true);
    expect(await scrollOf(runs(tasks))).toBe(80);
  });
});

/** What of an element is asked here: tests are compiled without the types of browsers. */
interface Box {
  scrollLeft: number;
  ownerDocument: { activeElement: unknown };
  scrollTo(leftPx: number, topPx: number): void;
}

const runs = (page: Page) => page.getByRole('region', { name: 'Runs' });

async function focusOn(what: Locator): Promise<Locator> {
  await what.focus();
  expect(await hasFocus(what)).toBe(true);
  return what;
}

/** Of the element that is there now, which may be another than a moment ago. */
function hasFocus(what: Locator): Promise<boolean> {
  return what.evaluate((it: unknown) => it === (it as Box).ownerDocument.activeElement);
}

async function scrollTo(what: Locator, px: number): Promise<void> {
  await what.evaluate((it: unknown, left) => (it as Box).scrollTo(left, 0), px);
  expect(await scrollOf(what)).toBe(px);
}

function scrollOf(what: Locator): Promise<number> {
  return what.evaluate((it: unknown) => (it as Box).scrollLeft);
}
