// `npm run dev:worker`: a worker that is compiled and started again whenever src/ changes. It serves
// the stack of a running `darkroom dev` or the servers of the environment.
import { spawn } from 'node:child_process';
import { watch } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { ensureReady } from './setup.js';

const SOURCE = fileURLToPath(new URL('../src', import.meta.url));
const PROGRAM = fileURLToPath(new URL('../bin/darkroom.js', import.meta.url));

/** Editors write a file in several steps. */
const QUIET_MS = 200;

let worker;
let timer;
let stopping = false;

await ensureReady();
start();
watch(SOURCE, { recursive: true }, () => {
  clearTimeout(timer);
  timer = setTimeout(restart, QUIET_MS);
});
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, () => {
    stopping = true;
    worker.once('exit', () => process.exit(0));
    worker.kill('SIGTERM');
  });
}

function start() {
  // The program compiles what has changed before it runs.
  worker = spawn(process.execPath, [PROGRAM, 'worker'], { stdio: 'inherit' });
}

function restart() {
  if (stopping) return;
  console.error('dev:worker: src changed, starting again');
  if (worker.exitCode !== null || worker.signalCode !== null) return start();
  worker.once('exit', () => stopping || start());
  worker.kill('SIGTERM');
}
