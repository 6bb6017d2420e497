/** `npm run chaos -- [--photos DIR] [--images n] [--generations n] [--seed s] [--minutes m] [--full] [--only fault]… [--drain minutes] [--stack embedded|real] [--json]` */
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { resultJson, resultText } from './report.js';
import { runChaos } from './run.js';
import { FAULT_KINDS, sizesOf, type FaultKind } from './schedule.js';

const { values } = parseArgs({
  options: {
    photos: { type: 'string' },
    images: { type: 'string' },
    generations: { type: 'string' },
    seed: { type: 'string' },
    minutes: { type: 'string' },
    full: { type: 'boolean' },
    drain: { type: 'string' },
    only: { type: 'string', multiple: true },
    stack: { type: 'string', default: 'embedded' },
    out: { type: 'string', default: '.darkroom/chaos' },
    json: { type: 'boolean' },
  },
});

function numberOf(
  name: 'images' | 'generations' | 'seed' | 'minutes' | 'drain',
): number | undefined {
  const value = values[name];
  if (value === undefined) return undefined;
  if (/^\d+(\.\d+)?$/.test(value)) return Number(value);
  throw new Error(`--${name} takes a number, not "${value}"`);
}

function faultsOf(names: string[]): FaultKind[] {
  return names.map((name) => {
    const kind = FAULT_KINDS.find((it) => it === name);
    if (kind !== undefined) return kind;
    throw new Error(`--only takes one of ${FAULT_KINDS.join(', ')}, not "${name}"`);
  });
}

// An exit is what workers and servers are ended by; a signal by itself would leave them behind.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));

try {
  const seed = numberOf('seed') ?? Date.now() % 1_000_000;
  const [minutes, images] = [numberOf('minutes'), numberOf('images')];
  const { photos, full = false, stack } = values;
  if (stack !== 'embedded' && stack !== 'real') throw new Error('--stack is embedded or real');
  const [generations, drain] = [numberOf('generations'), numberOf('drain')];
  const sizes = sizesOf({
    full,
    ...(minutes && { minutes }),
    ...(images && { images }),
    ...(generations !== undefined && { generations }),
    ...(values.only && { only: faultsOf(values.only) }),
  });
  const started = new Date().toISOString().replaceAll(':', '');
  const result = await runChaos({
    ...{ seed, sizes, stack },
    folder: join(resolve(values.out), `${started}-seed-${seed}`),
    ...(photos !== undefined && { photos }),
    ...(drain !== undefined && { drainMs: drain * 60_000 }),
    say: (line) => console.error(line),
  });
  console.log(resultText(result, { seed, stack }));
  if (values.json) console.log(JSON.stringify(resultJson(result, seed)));
  process.exit(result.clean ? 0 : 1);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(2);
}
