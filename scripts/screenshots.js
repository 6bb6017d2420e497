// `npm run screenshots`: the pictures of the pages in docs/images, of a demo with painted photographs.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { ensureReady } from './setup.js';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const SIZE = { width: 1280, height: 860 };

await ensureReady();
const { chromium } = await import('playwright-core');
const { default: sharp } = await import('sharp');

const data = mkdtempSync(join(tmpdir(), 'darkroom-screenshots-'));
const args = ['bin/darkroom.js', 'demo', '--json', '--data', data];
const demo = spawn(process.execPath, args, {
  cwd: ROOT,
  env: { ...process.env, HTTP_PORT: '0' },
  stdio: ['ignore', 'pipe', 'inherit'],
});
try {
  const [line] = await once(createInterface(demo.stdout), 'line');
  await takeAll(JSON.parse(line));
} finally {
  demo.kill('SIGTERM');
  await once(demo, 'exit');
  rmSync(data, { recursive: true, force: true });
}

async function takeAll({ admin, api }) {
  const executablePath = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium';
  const browser = await chromium.launch({ executablePath, args: ['--headless', '--no-sandbox'] });
  const page = await browser.newPage({ colorScheme: 'dark', viewport: SIZE });
  // A slow machine takes its time; nothing here measures it.
  page.setDefaultTimeout(180_000);
  await page.goto(admin);
  // From half on: a busy page may show every second number only.
  await page.getByRole('heading', { name: /\b(1[2-9]|2[0-3]) of 2\d\b/ }).waitFor();
  await take(page, 'tasks');
  await page.getByRole('heading', { name: /\b(2\d) of \1\b/ }).waitFor();
  await page.goto(`${api}/admin/images`);
  await page.waitForLoadState('networkidle');
  await take(page, 'images');
  await page.locator('#grid a').nth(3).click();
  await page.waitForLoadState('networkidle');
  await take(page, 'image');
  await generate(page, `${api}/admin/generate`);
  await take(page, 'generate');
  await browser.close();
}

/** Some that are there, and one that is being made. */
async function generate(page, address) {
  await page.goto(address);
  const ask = async (prompt, style, size) => {
    await page.getByRole('textbox', { name: 'Prompt', exact: true }).fill(prompt);
    await page.getByLabel('Style').selectOption(style);
    await page.getByLabel('Size').selectOption(size);
    await page.getByRole('button', { name: 'Generate', exact: true }).click();
    await page.getByRole('list', { name: 'History' }).getByText(prompt).waitFor();
  };
  await ask('mountains under a full moon', '', '1344x768');
  await ask('a sailing boat on a green sea', '', '1024x1024');
  await ask('a lighthouse at dusk', 'watercolour', '1152x768');
  await page.locator('[name=live]').first().waitFor({ state: 'detached', timeout: 60_000 });
  await ask('a balloon over flowers in the morning', 'photograph', '768x1152');
  await page.locator('.job').getByText('Being made').waitFor();
  await page.getByText(/^[3-9]\d %$/).waitFor();
}

/** With a palette: these are flat pages and painted photographs. */
async function take(page, name) {
  const picture = await page.screenshot({ fullPage: name === 'image' });
  const file = join(ROOT, 'docs/images', `${name}.png`);
  await sharp(picture).png({ palette: true, effort: 10 }).toFile(file);
  console.log(file);
}
