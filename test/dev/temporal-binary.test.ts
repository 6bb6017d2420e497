import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { findTemporalBinary, temporalCache } from '../../src/dev/temporal-binary.js';
import { shellCommand } from './programs.js';
import { temporaryFolder } from '../support/temporary-folder.js';

/** A machine with nothing on PATH, an empty cache, and a network that refuses at once. */
function bareMachine() {
  const folder = temporaryFolder();
  const env = {
    PATH: `${folder}/first:${folder}/second`,
    XDG_CACHE_HOME: `${folder}/cache`,
    HTTPS_PROXY: 'http://127.0.0.1:9',
  };
  const add = (place: string, name: string, source: string) => {
    mkdirSync(place, { recursive: true });
    return shellCommand(place, name, source);
  };
  return {
    env,
    say: vi.fn<(line: string) => void>(),
    onPath: (name: string, source: string, place = 'first') =>
      add(`${folder}/${place}`, name, source),
    inCache: (source: string) => add(temporalCache(env), 'temporal', source),
  };
}

const WORKS = 'exit 0';
const BROKEN = 'exit 1';
const BUILDS = `test "$1" = version && exit 0
printf '#!/bin/sh\\n' > "$GOBIN/temporal"; /bin/chmod +x "$GOBIN/temporal"`;

describe('findTemporalBinary', () => {
  it('takes the one on PATH before the cached one, and says nothing', async () => {
    const machine = bareMachine();
    const installed = machine.onPath('temporal', WORKS);
    machine.inCache(WORKS);
    await expect(findTemporalBinary(machine)).resolves.toBe(installed);
    expect(machine.say).not.toHaveBeenCalled();
  });

  it('passes over one on PATH that does not run', async () => {
    const machine = bareMachine();
    machine.onPath('temporal', BROKEN);
    const second = machine.onPath('temporal', WORKS, 'second');
    await expect(findTemporalBinary(machine)).resolves.toBe(second);
  });

  it('takes the cached one when none is on PATH', async () => {
    const machine = bareMachine();
    const cached = machine.inCache(WORKS);
    machine.onPath('go', BUILDS);
    await expect(findTemporalBinary(machine)).resolves.toBe(cached);
    expect(machine.say).not.toHaveBeenCalled();
  });

  it('builds one with Go when none can be downloaded, and keeps it', async () => {
    const machine = bareMachine();
    machine.onPath('go', BUILDS);
    const built = await findTemporalBinary(machine);
    expect(dirname(built)).toBe(temporalCache(machine.env));
    expect(machine.say).toHaveBeenCalledWith(expect.stringContaining('about 5 minutes'));
    machine.say.mockClear();
    await expect(findTemporalBinary(machine)).resolves.toBe(built);
    expect(machine.say).not.toHaveBeenCalled();
  });

  it('names every way out when there is no toolchain', async () => {
    const machine = bareMachine();
    const refusal = expect(findTemporalBinary(machine)).rejects;
    await refusal.toThrow(/Temporal CLI.* on PATH.*install Go.*TEMPORAL_ADDRESS/);
  });

  it('says why Go could not build it', async () => {
    const machine = bareMachine();
    machine.onPath('go', 'test "$1" = version && exit 0; echo no such module >&2; exit 1');
    await expect(findTemporalBinary(machine)).rejects.toThrow('TEMPORAL_ADDRESS');
    expect(machine.say).toHaveBeenCalledWith('Go could not build it: no such module');
  });
});
