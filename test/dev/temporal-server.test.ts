import { describe, expect, inject, it, vi } from 'vitest';
import { Connection } from '@temporalio/client';
import { commandOf } from '../../src/dev/processes.js';
import { findTemporalBinary } from '../../src/dev/temporal-binary.js';
import { startTemporal, temporalAnswers } from '../../src/dev/temporal-server.js';
import { shellCommand } from './programs.js';
import { takenPort } from './taken-port.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const say = () => {};

describe('startTemporal', () => {
  it('uses free ports when the usual ones are taken, and says so', async () => {
    const ports = { server: await takenPort(), ui: await takenPort() };
    const binary = await findTemporalBinary({ say });
    const said = vi.fn<(line: string) => void>();
    const server = await startTemporal({ binary, dataDir: temporaryFolder(), ports, say: said });
    try {
      expect(server.address).not.toBe(`127.0.0.1:${ports.server}`);
      expect(server.uiUrl).not.toBe(`http://127.0.0.1:${ports.ui}`);
      await expect(temporalAnswers(server)).resolves.toBe(true);
      expect(said).toHaveBeenCalledWith(expect.stringContaining(`${ports.server} is taken`));
    } finally {
      await server[Symbol.asyncDispose]();
    }
    expect(commandOf(server.pid)).toBeUndefined();
  });

  it('tries other ports when somebody takes one between the choice and the start', async () => {
    const folder = temporaryFolder();
    const real = await findTemporalBinary({ say });
    // Fails once as the server does, then is the server.
    const source = `test -e "${folder}/once" && exec "${real}" "$@"
      echo > "${folder}/once"; echo "bind: address already in use" >&2; exit 1`;
    const binary = shellCommand(folder, 'temporal', source);
    const server = await startTemporal({ binary, dataDir: `${folder}/data`, say });
    await expect(temporalAnswers(server)).resolves.toBe(true);
    await server[Symbol.asyncDispose]();
  });

  it('names its log when the server does not start', async () => {
    const folder = temporaryFolder();
    const binary = shellCommand(folder, 'temporal', 'echo no space left; exit 1');
    const start = startTemporal({ binary, dataDir: folder, ports: { server: 0, ui: 0 }, say });
    await expect(start).rejects.toThrow(/logs\/temporal\.log: no space left/);
  });

  it('registers the search attributes', async () => {
    const connection = await Connection.connect({ address: inject('temporalAddress') });
    try {
      const request = { namespace: 'default' };
      const { customAttributes } = await connection.operatorService.listSearchAttributes(request);
      expect(Object.keys(customAttributes ?? {})).toEqual(
        expect.arrayContaining(['DarkroomOwner', 'DarkroomImage', 'DarkroomScope']),
      );
    } finally {
      await connection.close();
    }
  });
});
