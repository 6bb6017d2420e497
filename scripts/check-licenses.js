// Refuses production packages under licences that nobody has agreed to, and lists all of them in
// THIRD_PARTY_NOTICES.md; `--check` fails when that file is stale. `check-licenses.js FOLDER` looks at another
// project.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';

const { values, positionals } = parseArgs({
  options: { check: { type: 'boolean' } },
  allowPositionals: true,
});
const [folder = fileURLToPath(new URL('..', import.meta.url))] = positionals;
const ROOT = pathToFileURL(`${resolve(folder)}/`);
const NOTICES = fileURLToPath(new URL('THIRD_PARTY_NOTICES.md', ROOT));

const ALLOWED = new Set([
  '0BSD',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'CC0-1.0',
  'ISC',
  'MIT',
  'MPL-2.0',
  'PostgreSQL',
  'Python-2.0',
  'Unlicense',
]);

/** Packages that are fine although the list above does not say so, each with its reason. */
const EXCEPTIONS = [
  // libvips as a shared library beside sharp: replaceable, as the LGPL asks.
  { name: /^@img\/sharp-/, license: 'LGPL-3.0-or-later' },
  // A table of browsers that webpack's dependencies read; nothing of it is shipped.
  { name: /^caniuse-lite$/, license: 'CC-BY-4.0' },
];

/** Licences that a package has in its LICENSE file and forgot to name in its package.json. */
const READ_BY_HAND = { unionfs: 'Unlicense', 'htmx-ext-sse': '0BSD' };

/** From the lock file, which knows the packages of every platform, so the answer is the same on all. */
function productionPackages() {
  const lock = JSON.parse(readFileSync(new URL('package-lock.json', ROOT), 'utf8'));
  const found = new Map();
  for (const [path, entry] of Object.entries(lock.packages)) {
    if (path === '' || entry.dev || entry.link) continue;
    const name =
      entry.name ?? path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
    const license = entry.license ?? installedLicense(path) ?? READ_BY_HAND[name] ?? 'unknown';
    found.set(`${name}@${entry.version}`, { name, version: entry.version, license });
  }
  return [...found.values()].sort(
    (a, b) => compare(a.name, b.name) || compare(a.version, b.version),
  );
}

/** Old packages say `license: { type }` or `licenses: [{ type }]`. */
function installedLicense(path) {
  const file = new URL(`${path}/package.json`, ROOT);
  if (!existsSync(file)) return undefined;
  const { license, licenses } = JSON.parse(readFileSync(file, 'utf8'));
  if (typeof license === 'string') return license;
  return license?.type ?? licenses?.map(({ type }) => type).join(' OR ');
}

/** An SPDX expression without nesting, as package.json files hold them: one of these, or all of these. */
function isAllowed({ name, license }) {
  const agreed = (id) =>
    ALLOWED.has(id) || EXCEPTIONS.some((one) => one.name.test(name) && one.license === id);
  return license
    .replace(/[()]/g, '')
    .split(' OR ')
    .some((choice) => choice.split(' AND ').every(agreed));
}

function compare(a, b) {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

const packages = productionPackages();
const refused = packages.filter((one) => !isAllowed(one));
for (const { name, version, license } of refused) {
  console.error(
    `${name}@${version} is under ${license}, which scripts/check-licenses.js does not allow`,
  );
}

const notices = [
  '# Third-party notices',
  '',
  'Darkroom runs with these packages. Each carries its licence text in its own folder under `node_modules/`. This file is written by `npm run licenses`.',
  '',
  ...packages.map(({ name, version, license }) => `- ${name} ${version}: ${license}`),
  '',
].join('\n');

if (refused.length > 0) {
  process.exitCode = 1;
} else if (!values.check) {
  writeFileSync(NOTICES, notices);
} else if (!existsSync(NOTICES) || readFileSync(NOTICES, 'utf8') !== notices) {
  console.error('THIRD_PARTY_NOTICES.md is stale; run: npm run licenses');
  process.exitCode = 1;
}
