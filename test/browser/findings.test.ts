import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { seriousFindings } from '../support/browser.js';
import { gate } from '../support/gate.js';
import { describingBehind } from '../support/held-descriptions.js';
import { picture } from '../support/pictures.js';
import { runEnd } from '../support/run-end.js';
import { startVisit, type Visit } from '../support/visit.js';

const LOOKS = [1280, 360].flatMap((width) =>
  (['dark', 'light'] as const).map((colorScheme) => ({ width, colorScheme })),
);

/** In the order in which a library lives. */
describe.sequential('nothing hinders anybody', { timeout: 120_000 }, () => {
  const held = gate();
  let visit: Visit;
  let runId: string;
  beforeAll(async () => {
    visit = await startVisit({ replace: (deps) => describingBehind(deps, held) });
  });
  afterEach(async () => expect(await visit.leave()).toEqual([]));
  afterAll(() => visit[Symbol.asyncDispose]());

  /** Axe finds nothing serious and the page fits, however wide the screen and light the room. */
  const look = async (path: string) => {
    for (const { width, colorScheme } of LOOKS) {
      const viewport = { width, height: 800 };
      const page = await visit.open(path, { viewport, colorScheme });
      await page.getByRole('main').waitFor();
      expect(await seriousFindings(page), `${path} at ${width} px, ${colorScheme}`).toEqual([]);
      const needed = await page.evaluate('document.documentElement.scrollWidth');
      expect(needed, `the width of ${path}`).toBe(width);
      await page.context().close();
    }
  };
  const idOf = async (fileName: string) => {
    const views = await visit.site.pipeline.darkroom.views();
    return views.find((view) => view.fileName === fileName)?.id ?? '';
  };

  it('on the pages of an empty library', async () => {
    for (const path of ['tasks', 'images', 'search', 'generate', 'queues', 'settings'])
      await look(`/admin/${path}`);
  });

  it('before anything ran', async () => {
    const { pipeline } = visit.site;
    await pipeline.addPictures({
      'harbour.jpg': await picture({ widthPx: 1200, heightPx: 800 }),
      'a name that is long, and has no place on the screen of a telephone, with-no-space-at-its-end-at-all.png':
        await picture({ format: 'png', widthPx: 100, heightPx: 300 }),
      'cut-short.jpg': (await picture({ widthPx: 300, heightPx: 200 })).subarray(0, 9_000),
      'notes.jpg': Buffer.from('milk'),
    });
    for (const path of ['tasks', 'images']) await look(`/admin/${path}`);
  });

  it('while a run goes on, and while it is paused', async () => {
    const { backfill } = visit.site.pipeline.darkroom;
    ({ runId } = await backfill.start({ startedBy: 'the page' }));
    await expect.poll(() => held.waiting, { timeout: 30_000 }).toBe(2);
    await look('/admin/tasks');
    await look(`/admin/images/${await idOf('harbour.jpg')}`);
    await backfill.pause();
    await expect.poll(async () => (await backfill.status(runId)).status).toBe('paused');
    for (const path of ['tasks', 'images']) await look(`/admin/${path}`);
    await backfill.resume();
  });

  it('after it ended with failures', async () => {
    held.open();
    await runEnd(visit.site.pipeline, runId);
    for (const path of [
      'tasks',
      'images',
      'images?status=failed',
      'queues',
      'settings',
      'nothing',
    ]) {
      // Chromium complains of every answer that is none.
      if (path === 'nothing') expect(await visit.leave()).toEqual([]);
      await look(`/admin/${path}`);
    }
    expect(await visit.leave()).toEqual(LOOKS.map(() => expect.stringContaining('404') as string));
  });

  it('on the page of a whole image and of a broken one', async () => {
    for (const name of ['harbour.jpg', 'cut-short.jpg']) {
      await look(`/admin/images/${await idOf(name)}`);
    }
  });
});
