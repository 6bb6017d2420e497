import { spawnSync } from 'node:child_process';
import { readFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../support/temporary-folder.js';

const SCRIPT = fileURLToPath(new URL('../../scripts/check-licenses.js', import.meta.url));

function project(packages: Record<string, object>): string {
  const folder = temporaryFolder();
  const locked = Object.fromEntries(
    Object.entries(packages).map(([name, entry]) => [
      `node_modules/${name}`,
      { version: '1.2.3', ...entry },
    ]),
  );
  const lock = { lockfileVersion: 3, packages: { '': { name: 'project' }, ...locked } };
  writeFileSync(join(folder, 'package-lock.json'), JSON.stringify(lock));
  return folder;
}

function check(folder: string, ...options: string[]) {
  const { status, stderr } = spawnSync(process.execPath, [SCRIPT, folder, ...options], {
    encoding: 'utf8',
  });
  return { status, said: stderr.split('\n').filter(Boolean) };
}

describe('the check of licences', () => {
  it('lists what runs in production, and says when the list is stale', () => {
    const folder = project({
      one: { license: 'MIT' },
      two: { license: '(GPL-3.0-only OR Apache-2.0)' },
      tool: { license: 'GPL-3.0-only', dev: true },
    });
    const stale = ['THIRD_PARTY_NOTICES.md is stale; run: npm run licenses'];
    expect(check(folder, '--check')).toEqual({ status: 1, said: stale });
    expect(check(folder)).toEqual({ status: 0, said: [] });
    const notices = readFileSync(join(folder, 'THIRD_PARTY_NOTICES.md'), 'utf8');
    expect(notices.split('\n').filter((line) => line.startsWith('- '))).toEqual([
      '- one 1.2.3: MIT',
      '- two 1.2.3: (GPL-3.0-only OR Apache-2.0)',
    ]);
    expect(check(folder, '--check')).toEqual({ status: 0, said: [] });
  });

  it('refuses a licence that nobody has agreed to, a part of one too, and one that is not named', () => {
    const folder = project({
      copyleft: { license: 'AGPL-3.0-only' },
      both: { license: 'MIT AND SSPL-1.0' },
      silent: {},
      '@img/sharp-libvips-linux-x64': { license: 'LGPL-3.0-or-later' },
      pretender: { license: 'LGPL-3.0-or-later' },
    });
    const refused = (what: string) => `${what}, which scripts/check-licenses.js does not allow`;
    expect(check(folder)).toEqual({
      status: 1,
      said: [
        refused('both@1.2.3 is under MIT AND SSPL-1.0'),
        refused('copyleft@1.2.3 is under AGPL-3.0-only'),
        refused('pretender@1.2.3 is under LGPL-3.0-or-later'),
        refused('silent@1.2.3 is under unknown'),
      ],
    });
  });

  it('reads the licence that an old package names in its own way', () => {
    const folder = project({ old: {} });
    mkdirSync(join(folder, 'node_modules/old'), { recursive: true });
    const about = { name: 'old', licenses: [{ type: 'MIT' }, { type: 'GPL-2.0' }] };
    writeFileSync(join(folder, 'node_modules/old/package.json'), JSON.stringify(about));
    expect(check(folder)).toEqual({ status: 0, said: [] });
  });
});
