// docs/configuration.md from the list of variables; `--check` fails when the file is stale.
// It reads dist/, so build first; `npm run verify` does.
import { readFileSync, writeFileSync } from 'node:fs';
import { isAbsolute, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';
import { VARIABLES } from '../dist/config/config.js';

const FILE = fileURLToPath(new URL('../docs/configuration.md', import.meta.url));

/** What a variable may hold, in the words of the parser that refuses anything else. */
function valuesOf(variable) {
  try {
    // An empty text is never a value, so a parser that takes it takes any.
    return isAbsolute(String(variable.parse(''))) ? 'a folder' : 'any text';
  } catch (error) {
    return error.message
      .replace(/^must (be|have|name) /, '')
      .replace(/^must start/, 'starts')
      .replace(/, not "".*$/, '');
  }
}

function defaultOf({ fallback }) {
  return fallback === undefined ? '**required**' : fallback.says;
}

function row(cells) {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}

const text = [
  '# Configuration',
  '',
  'Darkroom reads these environment variables once, when a process starts, and reports every problem at once. An empty text counts as not set.',
  '',
  'This file is written by `npm run docs` from `src/config/config.ts`.',
  '',
  row(['variable', 'what it says', 'default', 'values']),
  row(['---', '---', '---', '---']),
  ...Object.values(VARIABLES).map((variable) =>
    row([`\`${variable.name}\``, variable.doc, defaultOf(variable), valuesOf(variable)]),
  ),
  '',
].join('\n');

const document = await format(text, { ...(await resolveConfig(FILE)), parser: 'markdown' });
if (!process.argv.includes('--check')) {
  writeFileSync(FILE, document);
} else if (readIfThere(FILE) !== document) {
  console.error(`${relative(process.cwd(), FILE)} is stale; run: npm run docs`);
  process.exitCode = 1;
}

function readIfThere(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
