// `npm run fuzz -- --minutes 10 --seed 7`: test/imaging/fuzz.test.ts for as long, and with files that
// CI never tries. Without a seed another one every time; it is printed, and tries the same again.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '2' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
  },
});

const test = fileURLToPath(new URL('test.js', import.meta.url));
const env = { FUZZ_SECONDS: String(Number(values.minutes) * 60), FUZZ_SEED: values.seed };
const child = spawn(process.execPath, [test, '--faults', 'test/imaging/fuzz.test.ts'], {
  stdio: 'inherit',
  env: { ...process.env, ...env },
});
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
child.once('exit', (code) => (process.exitCode = code ?? 1));
