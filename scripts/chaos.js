// `npm run chaos` and `npm run chaos:mutations`: sets the checkout up, then runs a program of test/chaos.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { ensureReady } from './setup.js';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

await ensureReady();
const [program, ...options] = process.argv.slice(2);
const args = ['--import', 'tsx', `test/chaos/${program}.ts`, ...options];
const child = spawn(process.execPath, args, { cwd: ROOT, stdio: 'inherit' });
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
child.once('exit', (code) => (process.exitCode = code ?? 1));
