// `npm run rehearsal`: sets the checkout up, then runs test/rehearsal/main.ts.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { ensureReady } from './setup.js';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

await ensureReady();
const args = ['--import', 'tsx', 'test/rehearsal/main.ts', ...process.argv.slice(2)];
const child = spawn(process.execPath, args, { cwd: ROOT, stdio: 'inherit' });
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
child.once('exit', (code) => (process.exitCode = code ?? 1));
