import { expect, it } from 'vitest';
import { reachable } from '../src/reachable.js';

it('waits for room on a full disk as for a server that is away, and says so', async () => {
  const said: string[] = [];
  let tries = 0;
  const opened = await reachable(
    async () => {
      tries += 1;
      if (tries === 1) throw Object.assign(new Error('ENOSPC: no space left'), { code: 'ENOSPC' });
      return 'open';
    },
    { warn: (line) => said.push(line) },
  );
  expect(opened).toBe('open');
  expect(said).toEqual(['ENOSPC: no space left Trying again.']);
});

it('gives up at once where waiting helps nobody', async () => {
  const wrong = Promise.reject(new Error('a mistake of ours'));
  await expect(reachable(() => wrong, { warn: () => undefined })).rejects.toThrow('a mistake');
});
