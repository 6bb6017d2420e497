import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { gate, type Gate } from '../support/gate.js';
import { describingBehind } from '../support/held-descriptions.js';
import { picture } from '../support/pictures.js';
import { says } from '../support/tasks-page.js';
import { startVisit, type Visit } from '../support/visit.js';

/** What Chrome calls good: more than that and people press the wrong thing. */
const GOOD = 0.1;

const SUM = `new Promise((resolve) => {
  let sum = 0;
  const add = (list) => list.getEntries().forEach((shift) => (sum += shift.value));
  const observer = new PerformanceObserver(add);
  observer.observe({ type: 'layout-shift', buffered: true });
  requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(() => resolve(sum))));
})`;

describe.each([1280, 360])('at %i px', (width) => {
  const held = gate();
  let visit: Visit;
  beforeAll(async () => {
    visit = await startVisit({ replace: (deps) => describingBehind(deps, afterTen(held)) });
    const { pipeline } = visit.site;
    const pictures = Array.from({ length: 12 }, async (_, seed) => {
      const shape = seed % 2 === 0 ? { heightPx: 800 } : { heightPx: 1600 };
      return [`picture-${seed}.jpg`, await picture({ widthPx: 1200, ...shape, seed })] as const;
    });
    await pipeline.addPictures({
      ...Object.fromEntries(await Promise.all(pictures)),
      'notes.jpg': Buffer.from('milk'),
    });
  });
  afterEach(async () => expect(await visit.leave()).toEqual([]));
  afterAll(() => visit[Symbol.asyncDispose]());

  it('nothing moves on Tasks and Images while a run goes on', async () => {
    const { backfill } = visit.site.pipeline.darkroom;
    await backfill.start({ concurrency: 3 });
    const how = { viewport: { width, height: 800 } };
    const [tasks, images] = [
      await visit.open('/admin/tasks', how),
      await visit.open('/admin/images', how),
    ];
    await says(tasks, /^10 of 13 images ready, 1 failed/);
    const shift = (page: Page) => page.evaluate<number>(SUM);
    expect(await shift(tasks)).toBeLessThan(GOOD);
    expect(await shift(images)).toBeLessThan(GOOD);
    held.open();
    await says(tasks, /the last run finished with failures/);
  });
});

/** Lets ten pass at once, so that the run goes on until the gate is opened. */
function afterTen(held: Gate): Gate {
  let passed = 0;
  return {
    get waiting() {
      return held.waiting;
    },
    pass: (signal) => ((passed += 1) > 10 ? held.pass(signal) : Promise.resolve()),
    open: () => held.open(),
  };
}
