import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { it, vi } from 'vitest';
import { openBrowser, openPage, seriousFindings } from '../support/browser.js';
import { gate } from '../support/gate.js';
import { describingBehind } from '../support/held-descriptions.js';
import { startSite } from '../support/site.js';

const OUT = '/tmp/shots';
it('looks', { timeout: 550_000 }, async () => {
  mkdirSync(OUT, { recursive: true });
  const held = gate();
  await using site = await startSite({ replace: (deps) => describingBehind(deps, held) });
  const browser = await openBrowser();
  const findings: string[] = [];
  const errors: string[] = [];
  const shoot = async (name: string, path: string, full = true) => {
    if (!new RegExp(process.env.LOOK ?? '.').test(name)) return;
    for (const width of [1280, 360]) {
      for (const colorScheme of ['dark', 'light'] as const) {
        const page = await openPage(browser, {
          colorScheme,
          viewport: { width, height: width === 360 ? 780 : 860 },
        });
        await page.goto(site.origin + path);
        await page.waitForTimeout(500);
        await page.screenshot({
          path: `${OUT}/${name}-${width}-${colorScheme}.png`,
          fullPage: full,
        });
        const wide = await page.evaluate('document.documentElement.scrollWidth');
        if (Number(wide) > width) errors.push(`${name} ${width}: scrolls to ${String(wide)}`);
        findings.push(
          ...(await seriousFindings(page)).map((it) => `${name} ${width} ${colorScheme}: ${it}`),
        );
        errors.push(...page.complaints.map((it) => `${name}: ${it}`));
        await page.context().close();
      }
    }
  };
  const { pipeline } = site;
  const { darkroom } = pipeline;
  await shoot('tasks-empty', '/admin/tasks');
  await shoot('images-empty', '/admin/images');
  const photos = readdirSync('/work/shared/photos').filter((it) => it.endsWith('.jpg'));
  await pipeline.addPictures({
    ...Object.fromEntries(photos.map((it) => [it, readFileSync(`/work/shared/photos/${it}`)])),
    'broken <b>.jpg': Buffer.from('no picture'),
    'cut-off.jpg': readFileSync('/work/shared/photos/photo-01.jpg').subarray(0, 60_000),
    'empty.png': Buffer.alloc(0),
  });
  await shoot('tasks-idle', '/admin/tasks');
  await shoot('images-waiting', '/admin/images');
  const { runId } = await darkroom.backfill.start({ concurrency: 4, startedBy: 'the page' });
  await vi.waitUntil(async () => (await darkroom.backfill.status(runId)).inFlight > 3, {
    timeout: 60_000,
  });
  await shoot('tasks-running', '/admin/tasks');
  await darkroom.backfill.pause();
  await vi.waitUntil(async () => (await darkroom.backfill.status(runId)).status === 'paused');
  await shoot('tasks-paused', '/admin/tasks');
  await shoot('images-some', '/admin/images');
  held.open();
  await darkroom.backfill.resume();
  await vi.waitUntil(async () => (await darkroom.backfill.runs(1))[0]?.finishedAt !== undefined, {
    timeout: 120_000,
  });
  await shoot('tasks-done', '/admin/tasks');
  await shoot('images', '/admin/images');
  const views = await darkroom.views();
  const good = views.find((it) => it.fileName === 'photo-07.jpg')!;
  const bad = views.find((it) => it.fileName === 'cut-off.jpg')!;
  await shoot('image', `/admin/images/${good.id}`);
  await shoot('image-failed', `/admin/images/${bad.id}`);
  await (darkroom as never as { tokens: { create(t: object): Promise<unknown> } }).tokens.create({
    name: 'build',
    role: 'admin',
  });
  await shoot('settings', '/admin/settings');
  await shoot('missing', '/admin/nothing');
  await shoot('filtered', '/admin/images?status=failed');
  await browser.close();
  console.log([...new Set(findings)].join('\n'));
  console.log([...new Set(errors)].join('\n'));
});
