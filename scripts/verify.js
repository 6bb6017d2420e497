// `npm run verify`: everything that must hold before a commit, in order, until something does not.
// `--static` leaves out the tests.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { ensureReady } from './setup.js';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** What is checked, the program that checks it, and what mends it. */
const STATIC = [
  ['format', 'node_modules/prettier/bin/prettier.cjs --check --log-level warn .', 'npm run format'],
  ['lint', 'node_modules/eslint/bin/eslint.js --max-warnings 0 .', 'npm run lint -- --fix'],
  ['types', 'node_modules/typescript/bin/tsc --noEmit -p .', 'edit the lines above'],
  ['unused code', 'node_modules/knip/bin/knip.js', 'remove what is named above'],
  ['licences', 'scripts/check-licenses.js --check', 'npm run licenses'],
  ['packages', 'scripts/check-packages.js', 'see what is said above'],
  ['generated docs', 'scripts/document-configuration.js --check', 'npm run docs'],
];
const TESTS = [['tests', 'scripts/test.js', 'npm test -- <the file named above>']];

await ensureReady();
const steps = process.argv.includes('--static') ? STATIC : [...STATIC, ...TESTS];
for (const [name, command, mend] of steps) {
  const startedMs = Date.now();
  const exitCode = await run(command);
  const seconds = ((Date.now() - startedMs) / 1000).toFixed(1);
  // On stderr, so that the last line on stdout stays the one of the tests.
  console.error(`${exitCode === 0 ? 'ok    ' : 'FAILED'} ${name} (${seconds} s)`);
  if (exitCode !== 0) {
    console.error(`to mend it: ${mend}`);
    process.exitCode = exitCode;
    break;
  }
}

function run(command) {
  const child = spawn(process.execPath, command.split(' '), { cwd: ROOT, stdio: 'inherit' });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? 1));
  });
}
