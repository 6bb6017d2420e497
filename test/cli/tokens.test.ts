import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startPipeline, type Pipeline } from '../support/pipeline.js';
import { openTemporaryFolder, type OpenedFolder } from '../support/temporary-folder.js';
import { darkroom, jsonOf, type Ended } from './darkroom-program.js';

describe.sequential('darkroom tokens', () => {
  let pipeline: Pipeline;
  let folder: OpenedFolder;
  beforeAll(async () => {
    folder = openTemporaryFolder();
    pipeline = await startPipeline({ workers: false });
  });
  afterAll(async () => {
    await pipeline[Symbol.asyncDispose]();
    await folder[Symbol.asyncDispose]();
  });

  const run = (...args: string[]): Promise<Ended> =>
    darkroom(['tokens', ...args], { cwd: folder.path, env: pipeline.env });

  it('make a token and show it once', async () => {
    await expect(run('list')).resolves.toMatchObject({
      ...{ code: 0, stdout: expect.stringContaining('darkroom tokens create') },
    });
    const made = await run('create', '--role', 'owner', '--owner', 'alice', '--name', 'app');
    expect(made).toMatchObject({ code: 0, stderr: '' });
    const token = made.stdout.trim();
    await expect(pipeline.darkroom.tokens.authenticate(token)).resolves.toMatchObject({
      ...{ role: 'owner', ownerId: 'alice' },
    });
    const listed = await run('list');
    expect(listed.stdout).toMatch(/TOKEN +NAME +ROLE +OWNER +USED\n\S+ +app +owner +alice +\d{4}-/);
    expect(listed.stdout).not.toContain(token);
  });

  it('revoke one', async () => {
    const made = await run('create', '--role', 'admin', '--name', 'me', '--json');
    const { id, token } = jsonOf<{ id: string; token: string }>(made);
    await expect(run('revoke', id)).resolves.toMatchObject({ code: 0, stdout: `${id} revoked\n` });
    await expect(pipeline.darkroom.tokens.authenticate(token)).resolves.toBeUndefined();
    await expect(run('revoke', 'nonsense')).resolves.toMatchObject({ code: 1 });
  });

  it('are refused when role and owner do not go together', async () => {
    await expect(run('create', '--role', 'owner', '--name', 'x')).resolves.toMatchObject({
      ...{ code: 2, stderr: expect.stringContaining('names its owner') },
    });
    await expect(run('create', '--role', 'king', '--name', 'x')).resolves.toMatchObject({
      code: 2,
    });
  });
});
