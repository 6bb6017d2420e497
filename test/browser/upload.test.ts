import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { gate, type Gate } from '../support/gate.js';
import { describingBehind } from '../support/held-descriptions.js';
import { encodingBehind } from '../support/held-encodes.js';
import { picture } from '../support/pictures.js';
import { startVisit, type Visit } from '../support/visit.js';

describe.sequential('a file that is added on Images', () => {
  let visit: Visit;
  let encoders: Gate;
  let describer: Gate;
  const behind = (which: () => Gate): Gate => ({
    get waiting() {
      return which().waiting;
    },
    pass: (signal) => which().pass(signal),
    open: () => which().open(),
  });
  beforeAll(async () => {
    visit = await startVisit({
      replace: (deps) => ({
        ...encodingBehind(
          deps,
          behind(() => encoders),
        ),
        ...describingBehind(
          deps,
          behind(() => describer),
        ),
      }),
    });
  });
  beforeEach(() => {
    encoders = gate();
    describer = gate();
  });
  afterEach(async () => expect(await visit.leave()).toEqual([]));
  afterAll(() => visit[Symbol.asyncDispose]());

  const file = async (name: string, seed: number) => ({
    ...{ name, mimeType: 'image/jpeg' },
    buffer: await picture({ widthPx: 800, heightPx: 600, seed }),
  });

  it('lives through its steps in its cell', async () => {
    const page = await visit.open('/admin/images');
    await page.getByText('There are no images yet.').waitFor();
    await page.getByLabel('Add images').setInputFiles(await file('harbour.jpg', 1));
    await livesThrough(page, 'harbour.jpg');
  });

  it('lives through them as well when it is dropped on the page', async () => {
    const page = await visit.open('/admin/images');
    const dropped = await page.evaluateHandle(dataTransferOf(await file('meadow.jpg', 2)));
    for (const event of ['dragenter', 'dragover', 'drop']) {
      await page.dispatchEvent('main', event, { dataTransfer: dropped });
    }
    await livesThrough(page, 'meadow.jpg');
    expect(
      await page
        .getByRole('listitem')
        .filter({ has: page.locator('img') })
        .count(),
    ).toBe(2);
  });

  async function livesThrough(page: Page, fileName: string): Promise<void> {
    const newest = page.getByRole('list', { name: 'Images' }).getByRole('listitem').first();
    await newest.getByText(fileName).waitFor();
    await newest.getByText('Making variants').waitFor();
    encoders.open();
    await newest.getByText('Describing').waitFor();
    await newest.getByRole('img', { name: fileName }).waitFor();
    describer.open();
    await newest.getByText('Describing').waitFor({ state: 'detached' });
    await newest.getByRole('link').click();
    await page.getByRole('heading', { level: 1, name: fileName }).waitFor();
    await page.getByText('Completed', { exact: true }).waitFor();
    await page.goBack();
  }

  it('says why it is refused when it is no image', async () => {
    encoders.open();
    const page = await visit.open('/admin/images');
    const notes = { name: 'notes.jpg', mimeType: 'image/jpeg', buffer: Buffer.from('milk') };
    await page.getByLabel('Add images').setInputFiles(notes);
    await page.getByText('Set aside', { exact: true }).waitFor();
  });
});

/** Makes, in the browser, what it gives a page when somebody drops a file on it. */
function dataTransferOf({ name, mimeType, buffer }: Dropped): string {
  const bytes = JSON.stringify([...buffer]);
  return `(() => {
    const files = new DataTransfer();
    const named = [${JSON.stringify(name)}, { type: ${JSON.stringify(mimeType)} }];
    files.items.add(new File([new Uint8Array(${bytes})], ...named));
    return files;
  })()`;
}

interface Dropped {
  name: string;
  mimeType: string;
  buffer: Buffer;
}
