// `npm run chaos` and `npm run chaos:mutations`: sets the checkout up, then runs test/chaos/main.ts, or
// test/chaos/try-mutations.ts.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { ensureReady } from './setup.js';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

await ensureReady();
const [first, ...others] = process.argv.slice(2);
const called =
  first === 'mutations' ? ['try-mutations.ts', ...others] : ['main.ts', ...process.argv.slice(2)];
const [program, ...options] = called;
const args = ['--import', 'tsx', `test/chaos/${program}`, ...options];
const child = spawn(process.execPath, args, { cwd: ROOT, stdio: 'inherit' });
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
child.once('exit', (code) => (process.exitCode = code ?? 1));
