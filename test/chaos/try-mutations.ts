/**
 * `npm run chaos:mutations -- [fault]…`: the whole program, which has to be clean, and then copies without one
 * promise each, which must show. Named faults are tried alone.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { MUTATIONS, type Edit, type Mutation } from './mutations.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const SIZE = '--seed 5 --images 10 --generations 8 --minutes 5 --drain 1.5'.split(' ');

type Counters = Record<string, unknown> & { clean: boolean; encodesBound: number };

/**
 * What the run found, or why it could not end: a program that is broken enough never gets its work done.
 */
function chaosIn(folder: string, options: string[]): Counters | string {
  const args = ['scripts/chaos.js', 'main', ...SIZE, ...options, '--json'];
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

function tried({ fault, edits, generations }: Mutation): Counters | string {
  const folder = copyOf(edits);
  const more = generations === undefined ? [] : ['--generations', String(generations)];
  try {
    return chaosIn(folder, ['--only', fault, ...more]);
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

let isClean = true;
if (named.length === 0) {
  const whole = chaosIn(ROOT, []);
  isClean = typeof whole !== 'string' && whole.clean;
  console.log(`the whole program: ${isClean ? 'clean' : JSON.stringify(whole)}`);
}

let shown = 0;
for (const mutation of chosen) {
  const found = tried(mutation);
  const isSeen = isShown(mutation, found);
  if (isSeen) shown += 1;
  const counted = typeof found === 'string' ? found : JSON.stringify(found[mutation.shows]);
  console.log(
    `${mutation.fault}, without ${mutation.without}: ${mutation.shows} ${counted}` +
      (isSeen ? '' : `, which shows nothing: ${JSON.stringify(found)}`),
  );
}
console.log(`${shown} of ${chosen.length} shown`);
process.exitCode = isClean && shown === chosen.length ? 0 : 1;
