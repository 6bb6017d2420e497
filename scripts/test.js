// `npm test`: sets the checkout up, runs vitest, and says in one last line how it went.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureReady } from './setup.js';
import { summarise } from './test-summary.js';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'darkroom-test-'));
const reportFile = join(folder, 'report.json');

let exitCode = 1;
try {
  await ensureReady();
  exitCode = await vitest();
} catch (error) {
  console.error(`darkroom: ${error.message}`);
}
const summary = summarise(readReport(), exitCode);
rmSync(folder, { recursive: true, force: true });
console.log(summary.line);
process.exitCode = summary.exitCode;

function vitest() {
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${reportFile}`];
  const program = join(ROOT, 'node_modules/vitest/vitest.mjs');
  const args = [program, 'run', ...reporters, ...process.argv.slice(2)];
  const child = spawn(process.execPath, args, { cwd: ROOT, stdio: 'inherit' });
  // A terminal sends Ctrl-C to vitest as well; it stops its servers, and this waits for that.
  process.on('SIGINT', () => {});
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => resolve(code));
  });
}

function readReport() {
  try {
    return JSON.parse(readFileSync(reportFile, 'utf8'));
  } catch {
    return undefined;
  }
}
