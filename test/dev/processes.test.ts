import { expect, it } from 'vitest';
import { withFewHandles } from '../support/handles.js';

const PROCESSES = new URL('../../dist/dev/processes.js', import.meta.url).href;

it.runIf(process.platform === 'linux')(
  'stopping a child that never started reaches nobody else',
  async () => {
    const lines = await withFewHandles(`
      import { fork } from 'node:child_process';
      import { stopChild } from '${PROCESSES}';
      takeHandles();
      const child = fork('nowhere.js', { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
      child.on('error', ({ code }) => console.log(code));
      await stopChild(child, 0);
      setImmediate(() => console.log('still here'));`);
    expect(lines).toEqual(['EMFILE', 'still here']);
  },
);
