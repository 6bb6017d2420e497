// `npm test`: sets the checkout up, runs vitest, and says in one last line how it went.
// That is every test that needs nothing from outside, on PGlite. `--postgres` runs those that use a
// database on a real PostgreSQL instead, `--s3` those of S3 storage against a real S3 server,
// `--browser` those of the pages in Chromium, and `--all` runs all four one after another; vitest.config.ts says what belongs to which. Whatever
// else stands here is vitest's: `npm test -- test/catalog -t paging`.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureReady } from './setup.js';
import { summarise, total } from './test-summary.js';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const PASSES = {
  '--all': ['usual', 'postgres', 's3', 'browser'],
  '--postgres': ['postgres'],
  '--s3': ['s3'],
  '--browser': ['browser'],
};

const [flag, ...others] = process.argv.slice(2);
const passes = PASSES[flag] ?? ['usual'];
const forVitest = flag in PASSES ? others : process.argv.slice(2);

// A terminal sends Ctrl-C to vitest as well; it stops its servers, and this waits for that.
let running;
let stopped = false;
process.on('SIGINT', () => (stopped = true));
process.on('SIGTERM', () => {
  stopped = true;
  running?.kill('SIGTERM');
});

const summaries = [];
for (const pass of passes) {
  if (stopped) break;
  const summary = await runPass(pass);
  if (passes.length > 1) console.log(`${pass}: ${summary.line}`);
  summaries.push(summary);
}
const result = total(summaries);
for (const line of result.broken) console.log(`failed: ${relative(ROOT, line)}`);
console.log(result.line);
process.exitCode = result.exitCode;

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
  running = spawn(process.execPath, [program, 'run', ...reporters, ...forVitest], {
    cwd: ROOT,
    stdio: 'inherit',
    env: { ...process.env, DARKROOM_TEST_PASS: pass },
  });
  return new Promise((resolve, reject) => {
    running.once('error', reject);
    running.once('exit', (code) => resolve(code));
  });
}

function readReport(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}
