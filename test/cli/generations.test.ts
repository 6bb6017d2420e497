import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { GenerationView } from '../../src/client.js';
import { QUICK } from '../support/generations.js';
import { startPipeline, type Pipeline } from '../support/pipeline.js';
import { openTemporaryFolder, type OpenedFolder } from '../support/temporary-folder.js';
import { darkroom, jsonOf, type Ended } from './darkroom-program.js';

describe.sequential('darkroom', () => {
  let pipeline: Pipeline;
  let folder: OpenedFolder;

  beforeAll(async () => {
    folder = openTemporaryFolder();
    pipeline = await startPipeline({ replace: () => QUICK, env: { MOCK_GENERATION_MS: '300' } });
  });
  afterAll(async () => {
    await pipeline[Symbol.asyncDispose]();
    await folder[Symbol.asyncDispose]();
  });

  const run = (...args: string[]): Promise<Ended> =>
    darkroom(args, { cwd: folder.path, env: { ...pipeline.env, DARKROOM_OWNER: 'ann' } });

  it('generate makes a picture and says which image it is', async () => {
    const args = ['generate', 'a', 'lighthouse', '--size', '96x64', '--wait'];
    const { code, stdout } = await run(...args);
    expect(code).toBe(0);
    const lines = stdout.trimEnd().split('\n');
    expect(lines.at(-1)).toMatch(/^[0-9a-f-]{36} made in \d+\.\d s$/);
    expect(lines.at(-2)).toBe('completed');
    const end = jsonOf<GenerationView>(await run(...args, '--seed', '3', '--json'));
    expect(end).toMatchObject({
      ...{ status: 'completed', ownerId: 'ann', prompt: 'a lighthouse', width: 96, seed: 3 },
    });
  });

  it('generate refuses what cannot be made, with everything that is wrong', async () => {
    const refused = await run('generate', 'x', '--size', '9x9', '--style', 'baroque');
    expect(refused.code).toBe(2);
    expect(refused.stderr).toMatch(/The width .* The height .* There is no style "baroque"/);
    expect((await run('generate', 'x', '--size', 'large')).code).toBe(2);
  });

  it('generate fails as the picture does', async () => {
    const failed = await run('generate', 'x', '--provider', 'replicate', '--wait');
    expect(failed.code).toBe(1);
    expect(failed.stdout).toMatch(/failed: .* \(ProviderNotConfigured\)\n$/);
  });

  it('generations lists, shows and cancels', async () => {
    const listed = await run('generations', '--status', 'completed');
    expect(listed.stdout).toMatch(/^GENERATION +STATUS +PROMPT +IMAGE\n/);
    expect(listed.stdout).toMatch(/completed +100 % +a lighthouse +[0-9a-f-]{36}\n/);
    const [newest] = jsonOf<GenerationView[]>(
      await run('generations', '--status', 'completed', '--json'),
    );
    const shown = await run('generations', 'show', newest?.id ?? '');
    expect(shown.stdout).toContain('96 x 64');
    expect((await run('generations', 'show', 'x')).code).toBe(1);

    await pipeline.stopWorkers();
    const asked = jsonOf<{ id: string }>(await run('generate', 'x', '--json'));
    const cancelled = await run('generations', 'cancel', asked.id);
    expect(cancelled.stdout).toBe(`${asked.id} is being cancelled\n`);
    await pipeline.startWorkers();
  });
});
