import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { VARIABLES } from '../../src/config/config.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const run = promisify(execFile);

type Unit = Record<string, string[]>;

/** Every value of every setting, by its name; sections have no names in common. */
function parse(text: string): Unit {
  const unit: Unit = {};
  for (const line of text.split('\n')) {
    if (/^(#.*|\[\w+\]|)$/.test(line)) continue;
    const [, name = '', value = ''] = /^(\w+)=(.*)$/.exec(line) ?? expect.unreachable(line);
    (unit[name] ??= []).push(value);
  }
  return unit;
}

function read(manager: string, service: string): string {
  return readFileSync(join(ROOT, `deploy/systemd/${manager}/darkroom-${service}.service`), 'utf8');
}

const secondsOf = (unit: Unit) => Number(unit.TimeoutStopSec?.[0]);

describe.for([
  ['system', 'worker'],
  ['system', 'server'],
  ['user', 'worker'],
  ['user', 'server'],
] as const)('the unit of the %s for the %s', ([manager, service]) => {
  const text = read(manager, service);
  const unit = parse(text);

  it('calls a command that there is', async () => {
    const [, script = '', command = ''] =
      /node \S+\/darkroom\/(\S+) (\w+)$/.exec(unit.ExecStart?.[0] ?? '') ?? [];
    expect(existsSync(join(ROOT, script))).toBe(true);
    const { stdout } = await run(process.execPath, [join(ROOT, script), command, '--help']);
    expect(stdout).toContain(`darkroom ${command}`);
  });

  it('gives it the time that it takes to stop, and tells only the process itself', () => {
    const { shutdownForceSeconds, shutdownGraceSeconds } = VARIABLES;
    const longest = service === 'worker' ? shutdownForceSeconds : shutdownGraceSeconds;
    expect(secondsOf(unit)).toBeGreaterThanOrEqual(Number(longest.fallback?.value) + 5);
    expect(text).toContain(`More than ${longest.name}, which is ${longest.fallback?.value}`);
    expect(unit.KillMode).toEqual(['mixed']);
  });

  it('starts it again whatever happens, for as long as it takes', () => {
    expect(unit).toMatchObject({ Restart: ['always'], StartLimitIntervalSec: ['0'] });
  });

  it('sets only variables that Darkroom reads', () => {
    const known = new Set(Object.values(VARIABLES).map(({ name }) => name));
    for (const pair of unit.Environment ?? []) expect(known).toContain(pair.split('=')[0]);
    expect(unit.EnvironmentFile).toHaveLength(1);
  });

  it('may do no more than it needs', () => {
    const everywhere = 'NoNewPrivileges RestrictNamespaces RestrictSUIDSGID LockPersonality'.split(
      ' ',
    );
    for (const name of everywhere) expect(unit[name], name).toEqual(['yes']);
    if (manager === 'user') return;
    expect(unit).toMatchObject({
      ...{ User: ['darkroom'], ProtectSystem: ['strict'], ProtectHome: ['yes'] },
      ...{ CapabilityBoundingSet: [''], PrivateDevices: ['yes'], PrivateTmp: ['yes'] },
    });
  });
});

describe('systemd', () => {
  const analyze = ['/usr/bin/systemd-analyze', '/bin/systemd-analyze'].find(existsSync);

  it.skipIf(analyze === undefined).for(['system', 'user'])(
    'finds nothing wrong with the units of the %s',
    async (manager) => {
      // Where the program and Node are on this machine.
      const folder = temporaryFolder();
      await mkdir(join(folder, 'units'));
      const files = await Promise.all(
        ['worker', 'server'].map(async (service) => {
          const file = join(folder, 'units', `darkroom-${service}.service`);
          const text = read(manager, service)
            .replace('/usr/bin/node', process.execPath)
            .replaceAll(/(\/opt|%h)\/darkroom(?=\/|$)/gm, ROOT.replace(/\/$/, ''));
          await writeFile(file, text);
          return file;
        }),
      );
      const env = { ...process.env, XDG_RUNTIME_DIR: folder, HOME: folder };
      const scope = manager === 'user' ? ['--user'] : [];
      // It complains on standard error, and about what is merely odd without failing.
      await expect(
        run(analyze ?? '', [...scope, '--man=no', 'verify', ...files], { env }),
      ).resolves.toEqual({ stdout: '', stderr: '' });
    },
  );
});
