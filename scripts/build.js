// dist/ from src/: compiled modules beside the files that they read, and one workflow bundle.
// `npm run build` runs this file; scripts/setup.js imports it.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const SRC = join(ROOT, 'src');
const DIST = join(ROOT, 'dist');
const STAMP = join(DIST, '.built');
const BUILD_INFO = join(DIST, '.tsbuildinfo');
const BUNDLE = join(DIST, 'workflow-bundle.js');
const TRACED_BUNDLE = join(DIST, 'workflow-bundle-traced.js');
const TRACING_INTERCEPTORS = '@temporalio/interceptors-opentelemetry/lib/workflow-interceptors';
const SETTINGS = ['tsconfig.json', 'tsconfig.build.json', 'package-lock.json', 'scripts/build.js'];

/** Whether dist/ was made from exactly the files that src/ holds now. */
export function isBuilt() {
  return existsSync(STAMP) && readFileSync(STAMP, 'utf8') === fingerprint(filesOf(SRC));
}

/**
 * Compiles in place: unchanged files are not touched, so processes that run from dist/ go on.
 * @param {{ say: (line: string) => void }} options
 * @returns {Promise<boolean>} false when TypeScript found errors; what it compiled is there.
 */
export async function build({ say }) {
  const sources = filesOf(SRC);
  const stamp = fingerprint(sources);
  say(`compiling src/ to dist/ (about ${existsSync(STAMP) ? 5 : 15} seconds)`);
  // Without a stamp dist/ may lack files that the incremental record believes to be there.
  if (!existsSync(STAMP)) rmSync(BUILD_INFO, { force: true });
  rmSync(STAMP, { force: true });
  const [compiled] = await Promise.all([
    node([join(ROOT, 'node_modules/typescript/bin/tsc'), '-p', 'tsconfig.build.json']),
    bundleWorkflows(sources),
  ]);
  copyAssets(sources);
  prune(sources);
  if (!compiled && !sources.every((file) => outputsOf(file).every(existsOrAsset))) {
    throw new Error('the build failed: src/ does not compile');
  }
  writeFileSync(STAMP, stamp);
  return compiled;
}

/** In a process of its own: webpack and the compiler then share the machine's cores. */
async function bundleWorkflows(sources) {
  if (!sources.includes(join(SRC, 'workflows', 'index.ts'))) return;
  if (await node([fileURLToPath(import.meta.url), '--bundle-only'])) return;
  throw new Error('the build failed: the workflows could not be bundled');
}

/** Two bundles: spans cost every workflow something, so a worker without a collector has none. */
async function bundle() {
  const { bundleWorkflowCode, DefaultLogger } = await import('@temporalio/worker');
  const logger = new DefaultLogger('WARN');
  const workflowsPath = join(SRC, 'workflows');
  mkdirSync(DIST, { recursive: true });
  for (const [file, workflowInterceptorModules] of [
    [BUNDLE, []],
    [TRACED_BUNDLE, [createRequire(import.meta.url).resolve(TRACING_INTERCEPTORS)]],
  ]) {
    const { code } = await bundleWorkflowCode({
      workflowsPath,
      workflowInterceptorModules,
      logger,
    });
    writeFileSync(file, code);
  }
}

/** Styles, scripts and templates travel with the module that reads them. */
function copyAssets(sources) {
  for (const file of sources.filter((path) => !isSource(path))) {
    const [target] = outputsOf(file);
    mkdirSync(dirname(target), { recursive: true });
    copyFileSync(file, target);
  }
}

/** A module that was renamed must not live on in dist/ under its old name. */
function prune(sources) {
  const wanted = new Set([BUNDLE, TRACED_BUNDLE, BUILD_INFO, ...sources.flatMap(outputsOf)]);
  for (const file of filesOf(DIST)) {
    const ours = relative(DIST, file).startsWith('.setup-lock');
    if (!wanted.has(file) && !ours) rmSync(file, { force: true });
  }
}

function outputsOf(file) {
  const target = join(DIST, relative(SRC, file));
  if (!isSource(file)) return [target];
  const stem = target.replace(/\.tsx?$/, '');
  return ['.js', '.js.map', '.d.ts'].map((ending) => stem + ending);
}

function existsOrAsset(output) {
  return !output.endsWith('.js') || existsSync(output);
}

function isSource(file) {
  return /\.tsx?$/.test(file) && !file.endsWith('.d.ts');
}

function filesOf(folder) {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .sort();
}

/** Paths, sizes and times rather than contents: it is taken at every start of the CLI. */
function fingerprint(sources) {
  const hash = createHash('sha256');
  for (const file of [...sources, ...SETTINGS.map((name) => join(ROOT, name))]) {
    const { mtimeMs, size } = statSync(file);
    hash.update(`${relative(ROOT, file)}\0${mtimeMs}\0${size}\n`);
  }
  return hash.digest('hex');
}

/** Output goes to stderr: stdout belongs to the command that needed the build. */
function node(args) {
  const child = spawn(process.execPath, args, { cwd: ROOT, stdio: ['ignore', 2, 2] });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => resolve(code === 0));
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  if (process.argv.includes('--bundle-only')) await bundle();
  else {
    const { withLock } = await import('./lock.js');
    const say = (line) => process.stderr.write(`darkroom: ${line}\n`);
    const compiled = await withLock(join(DIST, '.setup-lock'), {
      onWait: () => say('waiting for another process that is setting this checkout up'),
      work: () => build({ say }),
    });
    if (!compiled) process.exitCode = 1;
  }
}
