import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addOne } from '../../support/add-pictures.js';
import { startSite, type Site } from '../../support/site.js';

/** One more than a page of them. */
const RUNS = Array.from({ length: 21 }, (_, index) => `run-${String(index).padStart(2, '0')}`);
const OLDEST = 'run-00';

describe('the runs on Tasks', () => {
  let site: Site;
  beforeAll(async () => {
    site = await startSite({ workers: false });
    const { runs, images } = site.pipeline.deps.catalog;
    const imageId = await addOne(site.pipeline, 'harbour.jpg');
    for (const id of RUNS) {
      await runs.open({
        ...{ id, workflowId: 'backfill', scope: 'all', steps: ['variants'], total: 1 },
        startedBy: `whoever started ${id}`,
      });
      await runs.close(id, { status: 'succeeded_with_failures', done: 0, failed: 1 });
    }
    const failure = {
      kind: 'NotAnImage',
      message: 'It is a letter.',
      at: '2026-01-01T00:00:00Z',
    } as const;
    await images.recordFailure(imageId, ['variants'], { ...failure, runId: OLDEST });
  });
  afterAll(() => site[Symbol.asyncDispose]());

  const get = async (path: string) => {
    const answer = await site.app.request(path);
    return { status: answer.status, html: await answer.text() };
  };

  it('are shown page by page, to the oldest', async () => {
    const { html } = await get('/admin/tasks');
    expect(html).toContain('whoever started run-20');
    expect(html).not.toContain(`whoever started ${OLDEST}`);
    const [, older = ''] = /href="([^"]+)"[^>]*>\s*Older runs/.exec(html) ?? [];
    const last = (await get(older)).html;
    expect(last).toContain(`whoever started ${OLDEST}`);
    expect(last).not.toContain('whoever started run-20');
    expect(last).not.toContain('Older runs');
    expect(last).toContain('Newest runs');
    expect(last).toContain('the last run finished with failures');
  });

  it('say why images failed in one of them, however old it is', async () => {
    expect((await get('/admin/tasks')).html).not.toContain('It is a letter.');
    expect((await get(`/admin/tasks?run=${OLDEST}`)).html).toContain('It is a letter.');
    const unknown = await get('/admin/tasks?run=nothing');
    expect(unknown.status).toBe(404);
    expect(unknown.html).toContain('There is no such run.');
  });
});
