// `npm test`: sets the checkout up, runs vitest, and says in one last line how it went.
// That is every test that needs nothing from outside, on PGlite. `--postgres` runs those that use a
// database on a real PostgreSQL instead, `--s3` those of S3 storage against a real S3 server,
// `--browser` those of the pages in Chromium, `--faults` five minutes of faults and two of changed files,
// and `--all` runs all five; vitest.config.ts says what belongs to which. Whatever else stands here is vitest's: `npm test -- test/catalog -t paging`.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureReady } from './setup.js';
import { summarise, total } from './test-summary.js';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
/**
 * Stages, one after another. The rows of a stage go on beside each other, each pass with servers of its
 * own, because tests wait a third of their time. Pages are by themselves: whether one holds still is a
 * matter of when its parts arrive.
 */
const STAGES = {
  '--all': [[['usual'], ['postgres', 's3']], [['browser', 'faults']]],
  '--postgres': [[['postgres']]],
  '--s3': [[['s3']]],
  '--browser': [[['browser']]],
  '--faults': [[['faults']]],
};

const [flag, ...others] = process.argv.slice(2);
const stages = STAGES[flag] ?? [[['usual']]];
const isOnePass = stages.flat(2).length === 1;
const forVitest = flag in STAGES ? others : process.argv.slice(2);

// A terminal sends Ctrl-C to vitest as well; it stops its servers, and this waits for that.
const running = new Set();
let stopped = false;
process.on('SIGINT', () => (stopped = true));
process.on('SIGTERM', () => {
  stopped = true;
  for (const child of running) child.kill('SIGTERM');
});

if (!isOnePass) await prepare();
const summaries = [];
for (const rows of stages) summaries.push(...(await Promise.all(rows.map(runRow))).flat());
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
    if (!isOnePass) console.log(`${pass}: ${summary.line}`);
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
