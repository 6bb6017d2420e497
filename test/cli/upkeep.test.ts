import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { picture } from '../support/pictures.js';
import { startPipeline, type Pipeline } from '../support/pipeline.js';
import { openTemporaryFolder, type OpenedFolder } from '../support/temporary-folder.js';
import { darkroom, jsonOf, type Ended } from './darkroom-program.js';

const STRANGER = '01890000-0000-7000-8000-000000000000';

describe.sequential('darkroom', () => {
  let pipeline: Pipeline;
  let folder: OpenedFolder;
  let imageId: string;

  beforeAll(async () => {
    folder = openTemporaryFolder();
    pipeline = await startPipeline();
    const body = await picture({ widthPx: 300, heightPx: 200 });
    const upload = { ownerId: 'ann', fileName: 'a.jpg', body };
    imageId = (await pipeline.darkroom.upload(upload)).id;
    await pipeline.darkroom.process(imageId, { wait: true });
  });
  afterAll(async () => {
    await pipeline[Symbol.asyncDispose]();
    await folder[Symbol.asyncDispose]();
  });

  const run = (...args: string[]): Promise<Ended> =>
    darkroom(args, { cwd: folder.path, env: pipeline.env });

  it('asks for an owner by one name everywhere, and takes the one that scripts may use', async () => {
    for (const name of ['--owner', '--owner-id']) {
      expect(jsonOf(await run('images', name, 'ann', '--json'))).toMatchObject([{ id: imageId }]);
      const preview = await run('backfill', 'preview', '--scope', 'all', name, 'bob', '--json');
      expect(jsonOf(preview)).toMatchObject({ images: 0 });
    }
    const { stdout } = await run('import', '--help');
    expect(stdout).toContain('--owner <owner>');
    expect(stdout).not.toContain('--owner-id');
  });

  it('replace gives an image other bytes, once', async () => {
    const path = join(folder.path, 'b.jpg');
    await writeFile(path, await picture({ widthPx: 300, heightPx: 200, seed: 2 }));
    await expect(run('replace', imageId, 'b.jpg')).resolves.toEqual({
      code: 0,
      stdout: `${imageId} replaced and started\n`,
      stderr: '',
    });
    await pipeline.darkroom.process(imageId, { wait: true });
    const again = await run('replace', imageId, path, '--json');
    expect(jsonOf(again)).toEqual({ imageId, replaced: false });
    await expect(pipeline.darkroom.image(imageId)).resolves.toMatchObject({ fileName: 'b.jpg' });
  });

  it('replace says what is wrong with the file or the image', async () => {
    await expect(run('replace', imageId, 'none.jpg')).resolves.toMatchObject({
      code: 2,
      stderr: 'Cannot read none.jpg: there is no such file.\n',
    });
    await expect(run('replace', STRANGER, 'b.jpg')).resolves.toMatchObject({
      code: 1,
      stderr: `There is no image ${STRANGER}.\n`,
    });
  });

  it('fsck says what is missing with exit code 3, and repairs it when it is told to', async () => {
    const { images } = pipeline.deps.catalog;
    const served = (await images.get(imageId))?.imageKey ?? '';
    const variants = await images.variants(imageId);
    const key = variants.find((variant) => variant.key.startsWith(served))?.key ?? '';
    await rm(join(pipeline.env.VARIANT_STORAGE ?? '', key));
    const found = await run('fsck');
    expect(found).toMatchObject({ code: 3, stderr: '' });
    expect(found.stdout).toContain(`missing: variant ${key} of b.jpg\n`);
    expect(found.stdout).toContain('4 objects of 1 image: 1 missing, 0 damaged\n');
    expect(found.stdout).toContain('To repair: darkroom fsck --repair\n');
    const repaired = await run('fsck', '--repair', '--json');
    expect(jsonOf(repaired)).toMatchObject({ missing: 1, repairing: 1, beyondRepair: 0 });
    await pipeline.darkroom.process(imageId, { wait: true });
    await expect(run('fsck', '--quick')).resolves.toMatchObject({ code: 0 });
  });

  it('delete removes an image, and is refused for one that never was', async () => {
    const deleted = await run('delete', imageId, '--original', '--json');
    expect(jsonOf(deleted)).toEqual({ imageId, deleted: true, originalRemoved: true });
    await expect(run('delete', imageId)).resolves.toEqual({
      code: 0,
      stdout: `${imageId} deleted\n`,
      stderr: '',
    });
    await expect(run('show', imageId)).resolves.toMatchObject({ code: 1 });
    await expect(run('delete', STRANGER)).resolves.toMatchObject({
      code: 1,
      stderr: `There is no image ${STRANGER}.\n`,
    });
  });

  it('sweep says what it started and found', async () => {
    const swept = await run('sweep', '--json');
    expect(jsonOf(swept)).toEqual({
      ...{ deferredStarted: 0, stuckStarted: 0, deliveriesStarted: 0, vectorsRemoved: 0 },
      ...{ generationsStarted: 0 },
      ...{ orphans: 0, orphanBytes: 0, orphansDeleted: 0 },
    });
    const ended = await run('sweep', '--delete-orphans');
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    expect(ended.stdout).toContain('0 objects that no image needs (0 kB), 0 deleted');
  });
});
