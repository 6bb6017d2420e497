import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { addOne } from '../support/add-pictures.js';
import { startVisit, type Visit } from '../support/visit.js';

/** Five times what an address has room for when each of them is named in it. */
const WAITING = 360;
/** What usual proxies read of an address. */
const ROOM_BYTES = 8_000;

describe('a library of which hundreds wait', () => {
  let visit: Visit;
  let oldest: string;
  beforeAll(async () => {
    visit = await startVisit();
    oldest = await addOne(visit.site.pipeline);
    const waiting = Array.from({ length: WAITING }, (_, index) => ({
      ...{ ownerId: 'ann', original: `file:///nowhere/${index}.jpg`, fileName: `${index}.jpg` },
    }));
    await visit.site.pipeline.deps.catalog.images.add(waiting);
  });
  afterEach(async () => expect(await visit.leave()).toEqual([]));
  afterAll(() => visit[Symbol.asyncDispose]());

  it('shows each of them become ready, and asks in addresses that every server reads', async () => {
    const page = await visit.open('/admin/images');
    const addresses: string[] = [];
    page.on('request', (request) => addresses.push(request.url()));
    const cells = page.getByRole('list', { name: 'Images' }).getByRole('listitem');
    for (let shown = 60; shown < WAITING; shown += 60) {
      await page.getByRole('link', { name: 'Load more' }).click();
      await expect.poll(() => cells.count()).toBeGreaterThan(shown);
    }
    await page.getByRole('link', { name: 'Load more' }).click();
    await expect.poll(() => cells.count()).toBe(WAITING + 1);

    await visit.site.pipeline.darkroom.process(oldest, { wait: true });
    await cells
      .last()
      .getByRole('img', { name: /harbour/i })
      .waitFor();
    expect(Math.max(...addresses.map((it) => it.length))).toBeLessThan(ROOM_BYTES);
  });
});
