import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { ended } from '../support/generations.js';
import { openAiEnv, useFakeOpenAi } from '../support/fake-openai.js';
import { pixels } from '../support/pictures.js';
import { runEnd } from '../support/run-end.js';
import { startVisit, type Visit } from '../support/visit.js';

/** Short enough for a tag, and without what a file name may not have. */
const html = (mark: string) => `<img src=x onerror=owned=1 alt=${mark}>`;
const LINK = 'javascript:owned=1';

/** What others wrote, wherever it comes from: an upload, a camera, a provider, a file that is broken. */
describe.sequential('words of strangers with HTML in them', () => {
  const fake = useFakeOpenAi();
  let visit: Visit;
  let id: string;
  let generationId: string;
  beforeAll(async () => {
    fake.failAlways((answer) => ({
      ...answer,
      choices: answer.choices?.map((choice) => ({
        ...choice,
        message: {
          ...choice.message,
          content: JSON.stringify({
            description: `A harbour ${html('description')} ${LINK}`,
            tags: [html('tag'), 'harbour'],
            category: html('category'),
            mood: html('mood'),
          }),
        },
      })),
    }));
    visit = await startVisit({ env: { ...openAiEnv(fake), EMBEDDING_PROVIDER: 'builtin' } });
    const bytes = await pixels({ widthPx: 300, heightPx: 200 })
      .withExif({ IFD0: { Make: html('make'), Model: html('model') } })
      .jpeg()
      .toBuffer();
    const { darkroom } = visit.site.pipeline;
    const upload = { ownerId: html('owner'), body: bytes };
    ({ id } = await darkroom.upload({ ...upload, fileName: `${html('file')}.jpg` }));
    await darkroom.process(id, { wait: true });
    const broken = {
      ...upload,
      body: Buffer.from(html('bytes')),
      fileName: `${html('broken')}.jpg`,
    };
    const { id: brokenId } = await darkroom.upload(broken);
    await vi.waitUntil(async () => (await darkroom.image(brokenId))?.status === 'failed', {
      ...{ timeout: 30_000, interval: 50 },
    });
    await visit.site.pipeline.addPictures({ [`${html('run')}.jpg`]: Buffer.from(html('bytes')) });
    await runEnd(visit.site.pipeline, (await darkroom.backfill.start()).runId);
    generationId = await generated();
    await told();
    await darkroom.tokens.create({ name: html('token'), role: 'owner', ownerId: html('owner') });
  });
  afterAll(() => visit[Symbol.asyncDispose]());

  async function generated(): Promise<string> {
    const { darkroom } = visit.site.pipeline;
    const [asked] = await darkroom.generate({
      ...{ prompt: html('prompt'), negativePrompt: html('negative'), model: html('painter') },
      ...{ ownerId: html('owner'), width: 64, height: 64 },
    });
    const { id: made = '' } = asked ?? {};
    await ended(visit.site.pipeline, made);
    return made;
  }

  /** An endpoint, and a delivery that failed with the words of whoever answered. */
  async function told(): Promise<void> {
    const { darkroom, deps } = visit.site.pipeline;
    const url = `https://hooks.invalid/${html('endpoint')}`;
    const { id: endpointId } = await darkroom.webhooks.create({ url, ownerId: html('listener') });
    await darkroom.webhooks.test(endpointId);
    const [delivery] = await darkroom.webhooks.deliveries({ limit: 1 });
    const failed = { state: 'dead', error: html('answer') } as const;
    await deps.catalog.deliveries.recordAttempt(delivery?.id ?? '', failed);
  }

  it.each([
    ['Images', () => '/admin/images', ['description', 'broken', 'tag', 'owner']],
    [
      'the page of an image',
      () => `/admin/images/${id}`,
      [...['file', 'description', 'make', 'model', 'tag', 'category', 'mood', 'owner']],
    ],
    ['Search', () => '/admin/search?query=harbour', ['description']],
    [
      'Search for HTML',
      () => `/admin/search?query=${encodeURIComponent(html('query'))}`,
      ['query'],
    ],
    ['Tasks', () => '/admin/tasks', ['run']],
    ['Generate', () => '/admin/generate', ['prompt']],
    [
      'Generate, again',
      () => `/admin/generate?again=${generationId}`,
      ['prompt', 'negative', 'painter', 'owner'],
    ],
    [
      'the page of a generation',
      () => `/admin/generate/${generationId}`,
      ['prompt', 'negative', 'painter', 'owner'],
    ],
    ['Settings', () => '/admin/settings', ['token', 'owner', 'endpoint', 'listener', 'answer']],
    // Words of strangers do not come so far; what is there must not be markup all the same.
    ['Queues', () => '/admin/queues', []],
  ] as [string, () => string, string[]][])('are text on %s', async (_name, path, marks) => {
    const page = await visit.open(path());
    await page.getByRole('main').waitFor();
    const source = await page.content();
    for (const mark of marks) expect.soft(source.includes(`alt=${mark}`), mark).toBe(true);
    // What people read, or hear in place of a picture.
    const read = await page.evaluate<string>(
      '[document.body.textContent, ...[...document.images].map(({ alt }) => alt)].join()',
    );
    const shown = marks.filter((mark) => read.includes(`<img src=x onerror=owned=1 alt=${mark}>`));
    if (marks.length > 0) expect(shown).not.toEqual([]);
    expect(await page.evaluate('document.querySelectorAll("img[src=x], [onerror]").length')).toBe(
      0,
    );
    expect(await page.evaluate('document.querySelectorAll(`[href^="javascript:"]`).length')).toBe(
      0,
    );
    expect(await page.evaluate('typeof owned')).toBe('undefined');
    // The content policy complains of what would have run.
    expect(await visit.leave()).toEqual([]);
  });

  it('are text in the HTML that Darkroom gives to other pages', async () => {
    const view = await visit.site.pipeline.darkroom.image(id);
    const page = await visit.open('/docs');
    await page.evaluate(`document.body.innerHTML = ${JSON.stringify(view?.pictureHtml)}`);
    expect(await page.evaluate('document.querySelectorAll("img[src=x], [onerror]").length')).toBe(
      0,
    );
    expect(await page.evaluate('document.querySelectorAll("picture img").length')).toBe(1);
  });
});
