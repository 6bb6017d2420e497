import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { seriousFindings } from '../support/browser.js';
import { gate, type Gate } from '../support/gate.js';
import { ask, ended, QUICK, until } from '../support/generations.js';
import { startVisit, type Visit } from '../support/visit.js';

const GOOD_SHIFT = 0.1;
/** Of what moves by itself: not of what moves because somebody has pressed or typed something. */
const SHIFT = `new Promise((resolve) => {
  let sum = 0;
  const add = (list) => list.getEntries().forEach((it) => (sum += it.hadRecentInput ? 0 : it.value));
  new PerformanceObserver(add).observe({ type: 'layout-shift', buffered: true });
  requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(() => resolve(sum))));
})`;

const LOOKS = [1280, 360].flatMap((width) =>
  (['dark', 'light'] as const).map((colorScheme) => ({ width, colorScheme })),
);

/** A picture comes home when the gate for it is open. */
function passing() {
  let held: Gate = gate();
  return {
    hold: () => void (held = gate()),
    open: () => held.open(),
    pass: (signal?: AbortSignal) => held.pass(signal),
  };
}

describe.sequential('the page Generate', { timeout: 120_000 }, () => {
  const bringing = passing();
  let visit: Visit;
  beforeAll(async () => {
    visit = await startVisit({
      env: { MOCK_GENERATION_MS: '1500' },
      replace: ({ generation }) => ({
        ...QUICK,
        generation: {
          ...generation,
          of: (name) => {
            const provider = generation.of(name);
            return {
              ...provider,
              read: async (order, output, options) => {
                await bringing.pass(options.signal);
                return provider.read(order, output, options);
              },
            };
          },
        },
      }),
    });
  });
  // htmx notes as an error that a newer question ended the one before it, which is what it is to do.
  const overtaken = /^htmx:(afterRequest|sendAbort), /;
  // And that it was refused, which the page says in words.
  const refused = /status of 400|^htmx:responseError|^Response Status Error Code 400/i;
  afterEach(async () => {
    const complaints = await visit.leave();
    expect(complaints.filter((it) => !overtaken.test(it) && !refused.test(it))).toEqual([]);
  });
  afterAll(() => visit[Symbol.asyncDispose]());

  const prompt = (page: Page) => page.getByRole('textbox', { name: 'Prompt', exact: true });
  const jobs = (page: Page) => page.getByRole('list', { name: 'History' }).locator('> li');
  const pipeline = () => visit.site.pipeline;

  it('makes a picture with the keyboard alone, before your eyes and without anything moving', async () => {
    bringing.hold();
    const page = await visit.open('/admin/generate');
    await prompt(page).and(page.locator(':focus')).waitFor();
    await page.keyboard.type('a lighthouse at dusk');
    await page.getByLabel('Style').selectOption('watercolour');
    await page.getByText('A watercolour painting of a lighthouse at dusk, loose washes').waitFor();
    await page.getByLabel('Size').selectOption('1152x768');
    await page.getByRole('button', { name: 'Generate', exact: true }).focus();
    await page.keyboard.press('Enter');

    const job = jobs(page).first();
    await job.getByText('a lighthouse at dusk').waitFor();
    expect(await prompt(page).inputValue()).toBe('a lighthouse at dusk');
    const shape = job.locator('.shape');
    const before = await shape.boundingBox();
    expect((before?.width ?? 0) / (before?.height ?? 1)).toBeCloseTo(1.5, 1);
    await job.getByText('Being made').waitFor();
    await job.getByText('Arriving').waitFor();
    expect(await page.title()).toBe('1 under way, Generate - Darkroom');
    expect(await seriousFindings(page)).toEqual([]);
    bringing.open();
    await job.getByText('Completed').waitFor();
    await job.locator('picture img').waitFor();
    expect(await page.locator('#said').textContent()).toBe('Completed: a lighthouse at dusk.');
    expect(await shape.boundingBox()).toEqual(before);
    await expect.poll(() => page.title()).toBe('Generate - Darkroom');
    await expect.poll(() => page.locator('[name=live]').count(), { timeout: 30_000 }).toBe(0);
    expect(await page.evaluate<number>(SHIFT)).toBeLessThan(GOOD_SHIFT);

    await job.getByRole('link', { name: /^Image/ }).click();
    await page.getByText('Made from the prompt “a lighthouse at dusk”').waitFor();
    await page.getByRole('link', { name: 'Use as source' }).click();
    await page.locator('#source-shown img').waitFor();
  });

  it('cancels by keyboard, and leaves the focus where it was', async () => {
    bringing.hold();
    const page = await visit.open('/admin/generate');
    await prompt(page).fill('a red barn');
    await page.getByRole('button', { name: 'Generate', exact: true }).click();
    const cancel = page.getByRole('button', { name: 'Cancel: a red barn' });
    await cancel.focus();
    // Its part of the page is shown anew while one is there.
    await jobs(page).first().getByText('Arriving').waitFor();
    await cancel.and(page.locator(':focus')).waitFor();
    await page.keyboard.press('Enter');
    await page.getByText('“a red barn” is being cancelled.').waitFor();
    await jobs(page).first().getByText('It was cancelled.').waitFor();
    const again = page.getByRole('link', { name: 'Try again: a red barn' });
    await again.and(page.locator(':focus')).waitFor();
    await page.keyboard.press('Enter');
    await page.waitForURL(/again=/);
    expect(await prompt(page).inputValue()).toBe('a red barn');
    bringing.open();
  });

  it('says everything that is wrong beside the form, and keeps what was typed', async () => {
    const page = await visit.open('/admin/generate');
    await page.getByLabel('Width').fill('9000');
    await page.getByLabel('Seed').fill('first');
    await page.getByRole('button', { name: 'Generate', exact: true }).click();
    const alert = page.getByRole('alert');
    await alert
      .getByText('The prompt is missing.')
      .or(alert.getByText('The prompt is empty.'))
      .waitFor();
    expect(await alert.getByRole('listitem').count()).toBe(3);
    expect(await page.getByLabel('Seed').inputValue()).toBe('first');
    expect(await seriousFindings(page)).toEqual([]);
  });

  it('works without script', async () => {
    bringing.open();
    const page = await visit.open('/admin/generate', { javaScriptEnabled: false });
    await prompt(page).fill('two herons in the reeds');
    await page.getByLabel('Width').fill('96');
    await page.getByLabel('Height').fill('64');
    await page.getByRole('button', { name: 'Generate', exact: true }).click();
    expect(await prompt(page).inputValue()).toBe('two herons in the reeds');
    await jobs(page).first().getByRole('link', { name: 'two herons in the reeds' }).click();
    const [newest] = await pipeline().darkroom.generations({ limit: 1 });
    expect(await ended(pipeline(), newest?.id ?? '')).toMatchObject({ status: 'completed' });
    await page.reload();
    await page.getByText('Completed').waitFor();
    await page.getByRole('link', { name: 'Use again' }).click();
    expect(await page.getByLabel('Width').inputValue()).toBe('96');
    await page.getByLabel('State').selectOption('failed');
    await page.getByRole('button', { name: 'Filter' }).click();
    await page.getByText('None is in this state now.').waitFor();
  });

  it('hinders nobody, fits a telephone, and does not move, whatever becomes of a picture', async () => {
    bringing.hold();
    const { darkroom } = pipeline();
    const failed = await ask(pipeline(), { prompt: 'a blue boat', provider: 'replicate' });
    await ended(pipeline(), failed);
    const held = await ask(pipeline(), {
      prompt: `a ${'very '.repeat(40)}tall tower`,
      height: 640,
    });
    await until(pipeline(), held, 'downloading');
    const shown = ['', `/${failed}`, `/${held}`];
    for (const { width, colorScheme } of LOOKS) {
      for (const path of shown) {
        const viewport = { width, height: 800 };
        const page = await visit.open(`/admin/generate${path}`, { viewport, colorScheme });
        await page.getByRole('main').waitFor();
        expect(await seriousFindings(page), `${path} at ${width} px, ${colorScheme}`).toEqual([]);
        const needed = await page.evaluate('document.documentElement.scrollWidth');
        expect(needed, `the width of ${path}`).toBe(width);
        await page.context().close();
      }
    }
    const watched = await Promise.all(
      LOOKS.slice(1, 3).flatMap(({ width }) =>
        ['', `/${held}`].map((path) =>
          visit.open(`/admin/generate${path}`, { viewport: { width, height: 800 } }),
        ),
      ),
    );
    bringing.open();
    await ended(pipeline(), held);
    for (const page of watched) {
      await page.locator('.shape picture img').first().waitFor();
      expect(await page.evaluate<number>(SHIFT)).toBeLessThan(GOOD_SHIFT);
    }
    expect(await darkroom.generation(held)).toMatchObject({ status: 'completed' });
  });
});
