// `npm run dev:worker`: a worker that is compiled and started again whenever src/ changes. It serves
// the stack of a running `darkroom dev --no-worker` or the servers of the environment.
import { spawn } from 'node:child_process';
import { watch } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { restarting } from './restarting.js';
import { ensureReady } from './setup.js';

const SOURCE = fileURLToPath(new URL('../src', import.meta.url));
const PROGRAM = fileURLToPath(new URL('../bin/darkroom.js', import.meta.url));

/** Editors write a file in several steps. */
const QUIET_MS = 200;

await ensureReady();
// The program compiles what has changed before it runs.
const worker = restarting(() => spawn(process.execPath, [PROGRAM, 'worker'], { stdio: 'inherit' }));

let timer;
watch(SOURCE, { recursive: true }, () => {
  clearTimeout(timer);
  timer = setTimeout(() => {
    console.error('dev:worker: src changed, starting again');
    worker.restart();
  }, QUIET_MS);
});
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, () => void worker.stop().then(() => process.exit(0)));
}
