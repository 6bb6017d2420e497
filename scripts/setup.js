// From a bare clone to a checkout that runs: packages as in package-lock.json, then dist/.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, isBuilt } from './build.js';
import { withLock } from './lock.js';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const STAMP = join(ROOT, 'node_modules', '.darkroom-lock');

/**
 * Installs and builds what is missing or out of date; returns at once when nothing is.
 * Type errors do not stop it, they are `npm run build`'s and `npm run verify`'s business.
 * @param {{ quiet?: boolean }} [options]
 */
export async function ensureReady({ quiet = false } = {}) {
  if (isInstalled() && isBuilt()) return;
  const say = (line) => {
    if (!quiet) process.stderr.write(`darkroom: ${line}\n`);
  };
  await withLock(join(ROOT, 'dist', '.setup-lock'), {
    onWait: () => say('waiting for another process that is setting this checkout up'),
    work: async () => {
      if (!isInstalled()) await install(say);
      if (!isBuilt()) await build({ say });
    },
  });
}

function isInstalled() {
  return existsSync(STAMP) && readFileSync(STAMP, 'utf8') === wantedPackages();
}

function wantedPackages() {
  return createHash('sha256')
    .update(readFileSync(join(ROOT, 'package-lock.json')))
    .digest('hex');
}

async function install(say) {
  if (!matchesLock()) {
    say('installing the packages of package-lock.json (about a minute, once)');
    await npm(['ci']).catch((error) => {
      if (!error.output.includes('EUSAGE')) throw error;
      // Some versions of npm leave other platforms' optional packages out of the lock file, and
      // others refuse such a file. Installing takes the same versions, and adds this platform's.
      return npm(['install', '--no-save']);
    });
  }
  writeFileSync(STAMP, wantedPackages());
}

/** Whether npm's own record says that an `npm ci` or `npm install` by hand has done the work. */
function matchesLock() {
  const wanted = packagesOf(join(ROOT, 'package-lock.json'));
  const installed = packagesOf(join(ROOT, 'node_modules', '.package-lock.json'));
  return (
    wanted !== undefined &&
    installed !== undefined &&
    Object.entries(wanted).every(
      ([path, entry]) =>
        path === '' || entry.optional || entry.version === installed[path]?.version,
    )
  );
}

function packagesOf(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages;
  } catch {
    return undefined;
  }
}

/** Its output is shown only when it fails, without the pages of usage that npm adds. */
function npm(command) {
  // dev named outright, because NODE_ENV=production would leave out the compiler.
  const args = [...command, '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'];
  const shell = process.platform === 'win32';
  const child = spawn('npm', args, { cwd: ROOT, stdio: ['ignore', 'ignore', 'pipe'], shell });
  let output = '';
  child.stderr.setEncoding('utf8').on('data', (text) => (output += text));
  return new Promise((resolve, reject) => {
    const fail = (why) => {
      const message = `npm ${command.join(' ')} failed: ${why}`;
      reject(Object.assign(new Error(message), { output }));
    };
    child.once('error', (error) => fail(error.message));
    child.once('close', (code) => (code === 0 ? resolve() : fail(output.trim().slice(-2000))));
  });
}
