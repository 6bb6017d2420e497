// Packages as they must be: versions exact, every one of them with a checksum, install scripts only where the
// list below says why, and nothing with a known hole that is high or critical. The last question needs a registry that
// answers it; when none does, that is said and is no failure, because a machine without one must be able to verify.
// AUDIT=required makes it one, for whoever releases. `check-packages.js FOLDER` looks at another project.
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const [folder = fileURLToPath(new URL('..', import.meta.url))] = process.argv.slice(2);
const ROOT = pathToFileURL(`${resolve(folder)}/`);
const AUDIT_TIMEOUT_MS = 60_000;

/** Packages that have an install script, and why ours works when it does not run (`npm ci --ignore-scripts`). */
const INSTALL_SCRIPTS = {
  '@swc/core':
    'looks for a binary that is a package of its own, and has one on every platform of ours',
  esbuild: 'the same',
  fsevents: 'macOS only; watching files works without it',
  protobufjs: 'warns about versions, and does nothing',
};

const read = (file) => JSON.parse(readFileSync(new URL(file, ROOT), 'utf8'));
const problems = [...inexactVersions(), ...lockProblems(), ...(await knownHoles())];
for (const problem of problems) console.error(problem);
if (problems.length > 0) process.exitCode = 1;

function inexactVersions() {
  const {
    dependencies = {},
    devDependencies = {},
    optionalDependencies = {},
  } = read('package.json');
  const all = { ...dependencies, ...devDependencies, ...optionalDependencies };
  return Object.entries(all)
    .filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))
    .map(([name, version]) => `package.json: ${name} is ${version}, which is no exact version`);
}

function lockProblems() {
  const entries = Object.entries(read('package-lock.json').packages);
  return entries.flatMap(([path, { link, integrity, inBundle, resolved, hasInstallScript }]) => {
    if (path === '' || link) return [];
    const name = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
    const found = [];
    if (!inBundle && integrity === undefined) found.push(`${name} has no checksum`);
    if (resolved !== undefined && !resolved.startsWith('https://registry.npmjs.org/')) {
      found.push(`${name} comes from ${resolved}`);
    }
    if (hasInstallScript && !(name in INSTALL_SCRIPTS)) {
      found.push(
        `${name} runs a script when it is installed; scripts/check-packages.js has no reason`,
      );
    }
    return found.map((problem) => `package-lock.json: ${problem}`);
  });
}

/** Of what runs in production. */
async function knownHoles() {
  const answer = await audit();
  if (answer.vulnerabilities === undefined) {
    const words = `audit: the registry could not be asked (${reasonOf(answer)})`;
    if (process.env.AUDIT === 'required') return [words];
    console.error(words);
    return [];
  }
  return Object.values(answer.vulnerabilities)
    .filter(({ severity }) => ['high', 'critical'].includes(severity))
    .map(({ name, severity, via }) => {
      const titles = via.map((one) => (typeof one === 'string' ? `by ${one}` : one.title));
      return `audit: ${name} has a ${severity} hole: ${titles.join('; ')}`;
    });
}

function audit() {
  const args = ['audit', '--omit=dev', '--json'];
  const options = {
    ...{ cwd: fileURLToPath(ROOT), timeout: AUDIT_TIMEOUT_MS, maxBuffer: 50_000_000 },
    shell: process.platform === 'win32',
  };
  return new Promise((resolve) => {
    // It exits with 1 both when it finds something and when nobody answers; what it prints tells them apart.
    execFile('npm', args, options, (error, stdout) => {
      try {
        resolve(JSON.parse(stdout));
      } catch {
        resolve({ message: error?.message ?? 'no answer' });
      }
    });
  });
}

function reasonOf({ message, error }) {
  return String(message ?? error?.summary ?? 'no answer').split('\n', 1)[0];
}
