import { execFile } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { temporaryFolder } from '../support/temporary-folder.js';

const SCRIPT = fileURLToPath(new URL('../../scripts/check-packages.js', import.meta.url));
const GOOD = { version: '1.2.3', integrity: 'sha512-AAAA' };

interface Project {
  dependencies?: Record<string, string>;
  locked?: Record<string, object>;
}

function project({ dependencies = { good: '1.2.3' }, locked = { good: GOOD } }: Project): string {
  const folder = temporaryFolder();
  const about = { name: 'project', version: '1.0.0', dependencies };
  const packages = Object.fromEntries(
    Object.entries(locked).map(([name, entry]) => [`node_modules/${name}`, entry]),
  );
  const lock = { ...{ name: 'project', version: '1.0.0', lockfileVersion: 3, requires: true } };
  writeFileSync(join(folder, 'package.json'), JSON.stringify(about));
  writeFileSync(
    join(folder, 'package-lock.json'),
    JSON.stringify({ ...lock, packages: { '': about, ...packages } }),
  );
  return folder;
}

/** A registry that knows these holes, or one that knows nothing of the kind. */
async function registry(holes?: object): Promise<string> {
  const server = createServer((request, response) => {
    request.resume();
    const name = request.url?.slice(1) ?? '';
    const packument = { name, versions: { '1.2.3': { name, version: '1.2.3' } } };
    const answer = request.method === 'POST' ? holes : packument;
    response.writeHead(answer === undefined ? 404 : 200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(answer ?? { error: 'not here' }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

interface Checked {
  code: number;
  said: string[];
}

function check(folder: string, registryUrl: string, audit = ''): Promise<Checked> {
  const env = {
    ...{ PATH: process.env.PATH, HOME: folder, AUDIT: audit },
    ...{ npm_config_registry: registryUrl, npm_config_fetch_retries: '0' },
  };
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [SCRIPT, folder], { env }, (_error, _out, stderr) =>
      resolve({ code: child.exitCode ?? 1, said: stderr.split('\n').filter(Boolean) }),
    );
  });
}

describe('the check of packages', () => {
  it('has nothing to say of exact versions with checksums and without holes', async () => {
    expect(await check(project({}), await registry({}))).toEqual({ code: 0, said: [] });
  });

  it('names every version that is not exact', async () => {
    const dependencies = { caret: '^1.2.3', tag: 'latest', good: '1.2.3' };
    const { code, said } = await check(project({ dependencies }), await registry({}));
    expect(code).toBe(1);
    expect(said).toEqual([
      'package.json: caret is ^1.2.3, which is no exact version',
      'package.json: tag is latest, which is no exact version',
    ]);
  });

  it('names what has no checksum, comes from elsewhere or runs a script', async () => {
    const locked = {
      bare: { version: '1.2.3' },
      elsewhere: { ...GOOD, resolved: 'https://example.com/elsewhere.tgz' },
      '@scope/eager': { ...GOOD, hasInstallScript: true },
      esbuild: { ...GOOD, hasInstallScript: true },
    };
    const { code, said } = await check(project({ locked }), await registry({}));
    expect(code).toBe(1);
    expect(said).toEqual([
      'package-lock.json: bare has no checksum',
      'package-lock.json: elsewhere comes from https://example.com/elsewhere.tgz',
      'package-lock.json: @scope/eager runs a script when it is installed; scripts/check-packages.js has no reason',
    ]);
  });

  it('names holes that are high or critical, and no others', async () => {
    const hole = (severity: string, title: string) => ({
      ...{ id: title.length, severity, title, url: 'https://example.com/' },
      ...{ vulnerable_versions: '<=1.2.3', cwe: [], cvss: { score: 0, vectorString: null } },
    });
    const locked = { good: GOOD, meek: GOOD };
    const dependencies = { good: '1.2.3', meek: '1.2.3' };
    const { code, said } = await check(
      project({ locked, dependencies }),
      await registry({ good: [hole('high', 'Reads everything')], meek: [hole('low', 'Dust')] }),
    );
    expect(code).toBe(1);
    expect(said).toEqual(['audit: good has a high hole: Reads everything']);
  });

  it('says that nobody could be asked, which fails only where it is required', async () => {
    const url = await registry();
    const lenient = await check(project({}), url);
    expect(lenient).toMatchObject({
      code: 0,
      said: [expect.stringMatching(/^audit: the registry/)],
    });
    const strict = await check(project({}), url, 'required');
    expect(strict).toEqual({ code: 1, said: lenient.said });
  });
});
