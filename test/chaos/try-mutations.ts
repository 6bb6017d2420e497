/** `npm run chaos:mutations -- [fault]…`: each promise taken out of a copy of the program, which must show. */
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { MUTATIONS, type Edit, type Mutation } from './mutations.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const SIZE = [
  '--seed',
  '5',
  '--images',
  '10',
  '--generations',
  '6',
  '--minutes',
  '2',
  '--drain',
  '1.5',
];

type Counters = Record<string, unknown> & { clean: boolean; encodesBound: number };

/** The run ends, or says why it cannot: a program that is broken enough never gets its work done. */
function chaosIn(folder: string, { fault }: Mutation): Counters | string {
  const args = ['scripts/chaos.js', ...SIZE, '--only', fault, '--json'];
  const { stdout, stderr } = spawnSync(process.execPath, args, { cwd: folder, encoding: 'utf8' });
  const last = stdout.trim().split('\n').at(-1) ?? '';
  return last.startsWith('{')
    ? (JSON.parse(last) as Counters)
    : (stderr.trim().split('\n').at(-1) ?? 'nothing was said');
}

function copyOf(edits: Edit[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'darkroom-mutation-'));
  const listed = ['ls-files', '-z', '--cached', '--others', '--exclude-standard'];
  const files = execFileSync('git', listed, { cwd: ROOT, encoding: 'utf8' });
  for (const file of files.split('\0').filter(Boolean)) {
    cpSync(join(ROOT, file), join(folder, file), { recursive: true });
  }
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  for (const { file, from, to } of edits) {
    const path = join(folder, file);
    writeFileSync(
      path,
      readFileSync(path, 'utf8').replace(from, () => to),
    );
  }
  return folder;
}

function tried(mutation: Mutation, edits: Edit[]): Counters | string {
  const folder = copyOf(edits);
  try {
    return chaosIn(folder, mutation);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function isShown({ shows }: Mutation, found: Counters | string): boolean {
  if (typeof found === 'string' || found.clean) return false;
  const value = found[shows];
  if (shows === 'encodesOverNeeded') return Number(value) > found.encodesBound;
  return Array.isArray(value) ? value.length > 0 : Number(value) > 0;
}

const named = process.argv.slice(2);
const chosen = MUTATIONS.filter(({ fault }) => named.length === 0 || named.includes(fault));
let unshown = 0;
for (const mutation of chosen) {
  const [whole, mutated] = [tried(mutation, []), tried(mutation, mutation.edits)];
  const isClean = typeof whole !== 'string' && whole.clean;
  const isSeen = isShown(mutation, mutated);
  if (!isClean || !isSeen) unshown += 1;
  const found = typeof mutated === 'string' ? mutated : String(mutated[mutation.shows]);
  console.log(
    `${mutation.fault}: whole ${isClean ? 'clean' : `not clean: ${JSON.stringify(whole)}`}; ` +
      `without ${mutation.without}: ${mutation.shows} ${found}${isSeen ? '' : `, which shows nothing: ${JSON.stringify(mutated)}`}`,
  );
}
console.log(`${chosen.length - unshown} of ${chosen.length} shown`);
process.exitCode = unshown === 0 ? 0 : 1;
