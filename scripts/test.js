// `npm test`: sets the checkout up, runs vitest, and says in one last line how it went.
// That is every test that needs nothing from outside, on PGlite. `--postgres` runs those that use a
// database on a real PostgreSQL instead, `--s3` those of S3 storage against a real S3 server,
// `--browser` those of the pages in Chromium, and `--all` runs all four; vitest.config.ts says what
// belongs to which. Whatever else stands here is vitest's: `npm test -- test/catalog -t paging`.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureReady } from './setup.js';
import { summarise, total } from './test-summary.js';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
/** Rows go on beside each other, each pass with servers of its own: a test waits half of its time. */
const PASSES = {
  '--all': [['usual'], ['postgres', 's3']],
  '--postgres': [['postgres']],
  '--s3': [['s3']],
  '--browser': [['browser']],
};

const [flag, ...others] = process.argv.slice(2);
const rows = PASSES[flag] ?? [['usual']];
const forVitest = flag in PASSES ? others : process.argv.slice(2);

// A terminal sends Ctrl-C to vitest as well; it stops its servers, and this waits for that.
const running = new Set();
let stopped = false;
process.on('SIGINT', () => (stopped = true));
process.on('SIGTERM', () => {
  stopped = true;
  for (const child of running) child.kill('SIGTERM');
});

if (rows.length > 1) await prepare();
const summaries = (await Promise.all(rows.map(runRow))).flat();
// By itself: whether a page holds still is a matter of when its parts arrive.
if (flag === '--all') summaries.push(...(await runRow(['browser'])));
const result = total(summaries);
for (const line of result.broken) console.log(`failed: ${relative(ROOT, line)}`);
console.log(result.line);
process.exitCode = result.exitCode;

/** What all rows need would otherwise be installed or built by each of them at once. */
async function prepare() {
  try {
    await ensureReady();
    const { findTemporalBinary } = await import('../dist/dev/temporal-binary.js');
    await findTemporalBinary({ say: (line) => console.error(`darkroom: ${line}`) });
  } catch {
    // Every pass says it again, and counts as failed.
  }
}

async function runRow(passes) {
  const summaries = [];
  for (const pass of passes) {
    if (stopped) break;
    const summary = await runPass(pass);
    if (rows.flat().length > 1) console.log(`${pass}: ${summary.line}`);
    summaries.push(summary);
  }
  return summaries;
}

async function runPass(pass) {
  const folder = mkdtempSync(join(tmpdir(), 'darkroom-test-'));
  const reportFile = join(folder, 'report.json');
  let exitCode = 1;
  try {
    await ensureReady();
    exitCode = await vitest(pass, reportFile);
  } catch (error) {
    console.error(`darkroom: ${error.message}`);
  }
  const summary = summarise(readReport(reportFile), exitCode);
  rmSync(folder, { recursive: true, force: true });
  return summary;
}

function vitest(pass, reportFile) {
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${reportFile}`];
  const program = join(ROOT, 'node_modules/vitest/vitest.mjs');
  const child = spawn(process.execPath, [program, 'run', ...reporters, ...forVitest], {
    cwd: ROOT,
    stdio: 'inherit',
    env: { ...process.env, DARKROOM_TEST_PASS: pass },
  });
  running.add(child);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => resolve(code));
  }).finally(() => running.delete(child));
}

function readReport(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}
