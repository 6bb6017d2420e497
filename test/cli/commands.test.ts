import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { ImageView, Story } from '../../src/client.js';
import type { Image } from '../../src/domain/image.js';
import { gate, type Gate } from '../support/gate.js';
import { picture } from '../support/pictures.js';
import { startPipeline, type Pipeline } from '../support/pipeline.js';
import { openTemporaryFolder, type OpenedFolder } from '../support/temporary-folder.js';
import { darkroom, jsonOf, type Ended } from './darkroom-program.js';

/** In the order in which people come to need them. */
describe.sequential('darkroom', () => {
  let pipeline: Pipeline;
  let folder: OpenedFolder;
  /** Where encoding waits, when a test wants a run that does not end. */
  let held: Gate | undefined;

  beforeAll(async () => {
    folder = openTemporaryFolder();
    pipeline = await startPipeline({
      replace: ({ encoders }) => ({
        encoders: {
          stats: () => encoders.stats(),
          run: async (job, input, options) => {
            await held?.pass(options?.signal);
            return encoders.run(job, input, options);
          },
          [Symbol.asyncDispose]: () => encoders[Symbol.asyncDispose](),
        },
      }),
    });
  });
  afterAll(async () => {
    await pipeline[Symbol.asyncDispose]();
    await folder[Symbol.asyncDispose]();
  });

  const run = (...args: string[]): Promise<Ended> =>
    darkroom(args, { cwd: folder.path, env: pipeline.env });
  const newest = async () => (await pipeline.darkroom.images({ limit: 1 }))[0]?.id ?? '';

  it('migrate brings the database up to date, as often as one likes', async () => {
    const ended = await run('migrate');
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    expect(ended.stdout).toMatch(/^The database is up to date\.\n.*search attributes/i);
    const again = await run('migrate', '--json');
    expect(jsonOf(again)).toEqual({ migrated: true, searchAttributesAdded: [] });
  });

  it('images says what to do while there are none', async () => {
    const ended = await run('images');
    expect(ended).toEqual({
      code: 0,
      stdout: 'There are no images yet; try: darkroom import DIR\n',
      stderr: '',
    });
    expect(jsonOf(await run('images', '--json'))).toEqual([]);
    await expect(run('backfill', 'runs')).resolves.toMatchObject({
      code: 0,
      stdout: 'There has been no backfill yet; try: darkroom backfill start\n',
    });
  });

  it('backfill start, cancel and status are refused with exit code 1', async () => {
    await expect(run('backfill', 'start')).resolves.toEqual({
      code: 1,
      stdout: '',
      stderr: 'There are no images to process in scope "missing".\n',
    });
    await expect(run('backfill', 'cancel')).resolves.toMatchObject({
      code: 1,
      stderr: 'No backfill is active.\n',
    });
    const status = await run('backfill', 'status', '--json');
    expect(status.code).toBe(1);
    expect(jsonOf(status)).toEqual({
      error: { kind: 'RunNotFound', message: 'There has been no backfill yet.' },
    });
    await expect(run('backfill', 'watch', 'nonsense')).resolves.toMatchObject({
      code: 1,
      stderr: 'There is no run nonsense.\n',
    });
  });

  it('import registers a folder and names what it skips', async () => {
    const photos = join(folder.path, 'photos');
    await mkdir(photos);
    await writeFile(join(photos, 'a.jpg'), await picture({ widthPx: 300, heightPx: 200 }));
    await writeFile(join(photos, 'b.jpg'), await picture({ widthPx: 300, heightPx: 200, seed: 2 }));
    await writeFile(join(photos, 'README.md'), '# Photos');

    await expect(run('import', 'photos')).resolves.toEqual({
      code: 0,
      stdout: [
        '2 images found, 2 of them new',
        '  skipped README.md: not an image',
        'To process them: darkroom backfill start --watch',
        '',
      ].join('\n'),
      stderr: '',
    });
    expect(jsonOf(await run('--json', 'import', 'photos'))).toEqual({
      found: 2,
      added: 0,
      skipped: [{ file: 'README.md', kind: 'NotAnImage' }],
    });
    await expect(run('import', 'missing')).resolves.toMatchObject({
      code: 2,
      stderr: `Cannot import ${join(folder.path, 'missing')}: there is no such folder.\n`,
    });
  });

  it('backfill preview counts', async () => {
    await expect(run('backfill', 'preview', '--limit', '1')).resolves.toMatchObject({
      code: 0,
      stdout: '1 image in scope "missing" for variants, metadata, embedding: 2 provider calls\n',
    });
    expect(jsonOf(await run('backfill', 'preview', '--steps', 'variants', '--json'))).toEqual({
      images: 2,
      scope: 'missing',
      steps: ['variants'],
      providerCalls: 0,
      // Nothing is ready yet to judge bytes and minutes by.
      bytes: 0,
    });
  });

  it('backfill start --watch says in lines how far it is, and ends with exit code 0', async () => {
    const ended = await run('backfill', 'start', '--watch');
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    const lines = ended.stdout.trimEnd().split('\n');
    expect(lines.at(-1)).toBe('succeeded: 2 done, 0 failed of 2');
    expect(lines.at(-2)).toMatch(/^2 of 2 images, \d+\.\d images\/s$/);
    for (const line of lines.slice(0, -1)) expect(line).toMatch(/^\d of 2 images, /);
    // A bar would move the cursor.
    expect(ended.stdout).not.toContain('\u001b');
  });

  it('backfill start --watch ends with exit code 3 when an image failed', async () => {
    await writeFile(join(folder.path, 'photos', 'broken.jpg'), 'no picture');
    await run('import', 'photos');
    const ended = await run('backfill', 'start', '--watch', '--json');
    expect(ended).toMatchObject({ code: 3, stderr: '' });
    expect(jsonOf(ended)).toMatchObject({
      status: 'succeeded_with_failures',
      done: 0,
      failed: 1,
      total: 1,
      failures: [{ fileName: 'broken.jpg', kind: 'NotAnImage' }],
    });
  });

  it('backfill status and runs tell of what has been', async () => {
    await expect(run('backfill', 'status')).resolves.toMatchObject({
      code: 0,
      stdout: expect.stringMatching(
        /^succeeded_with_failures: 1 of 1 image, 1 failed, \d+\.\d images\/s\n$/,
      ),
    });
    const { stdout } = await run('backfill', 'runs');
    const [head, ...rows] = stdout.trimEnd().split('\n');
    expect(head).toMatch(/^STARTED +SCOPE +STATUS +DONE +FAILED +OF +RUN$/);
    expect(rows).toHaveLength(2);
    expect(rows[1]).toMatch(/ missing +succeeded +2 +0 +2 +[0-9a-f-]{36}$/);
    expect(jsonOf(await run('backfill', 'runs', '--json'))).toMatchObject([
      { status: 'succeeded_with_failures' },
      { status: 'succeeded', total: 2 },
    ]);
  });

  it('backfill runs goes through them page by page', async () => {
    const [newestRun] = jsonOf<{ id: string }[]>(
      await run('backfill', 'runs', '--limit', '1', '--json'),
    );
    const next = await run('backfill', 'runs', '--after', newestRun?.id ?? '', '--json');
    expect(jsonOf(next)).toMatchObject([{ status: 'succeeded', total: 2 }]);
    expect(jsonOf<unknown[]>(next)).toHaveLength(1);
  });

  it('images lists the newest first, by status and page by page', async () => {
    const { stdout } = await run('images');
    const [head, ...rows] = stdout.trimEnd().split('\n');
    expect(head).toMatch(/^IMAGE +STATUS +READY +FILE$/);
    expect(rows).toHaveLength(3);
    expect(rows[0]).toMatch(
      /^[0-9a-f-]{36} +failed +0 +broken\.jpg +The content of the file is not an image\.$/,
    );
    const completed = jsonOf<Image[]>(await run('images', '--status', 'completed', '--json'));
    expect(completed.map(({ fileName }) => fileName).sort()).toEqual(['a.jpg', 'b.jpg']);
    const after = jsonOf<Image[]>(await run('images', '--after', await newest(), '--json'));
    expect(after).toHaveLength(2);
    await expect(run('images', '--after', 'nonsense')).resolves.toMatchObject({
      code: 2,
      stderr: '"nonsense" is not the id of an image.\n',
    });
  });

  it('show tells everything about one image', async () => {
    const [image] = await pipeline.darkroom.images({ status: 'completed', limit: 1 });
    const { code, stdout } = await run('show', image?.id ?? '');
    expect(code).toBe(0);
    expect(stdout).toContain(`${image?.fileName}  completed  300 x 200, ready up to 300 px\n`);
    expect(stdout).toMatch(/^ {2}sm 300 avif \d+ kB {2}\/variants\/[0-9a-f]{32}_300\.avif$/m);
    expect(stdout).toMatch(/^ {2}metadata +done +builtin$/m);
    const view = jsonOf<ImageView>(await run('show', image?.id ?? '', '--json'));
    expect(view.pictureHtml).toMatch(/^<picture>/);
    await expect(run('show', 'nonsense')).resolves.toEqual({
      code: 1,
      stdout: '',
      stderr: 'There is no image nonsense.\n',
    });
  });

  it('show --story tells every try of every step', async () => {
    const [image] = await pipeline.darkroom.images({ status: 'completed', limit: 1 });
    const id = image?.id ?? '';
    const { code, stdout } = await run('show', id, '--story');
    expect(code).toBe(0);
    expect(stdout).toMatch(new RegExp(`^image:${id}, run \\S+: completed, started .*, took `, 'm'));
    expect(stdout).toMatch(/^ {2}STEP +TRY +OUTCOME +STARTED +TOOK +WORKER +WHY$/m);
    expect(stdout).toMatch(/^ {2}tier 300 +1 +done +\S+ \S+ +[\d.]+ s +\d+@\S+$/m);
    const { story } = jsonOf<{ story: Story }>(await run('show', id, '--story', '--json'));
    expect(story).toMatchObject({ source: 'temporal', status: 'completed' });

    const [broken] = await pipeline.darkroom.images({ status: 'failed', limit: 1 });
    const failed = await run('show', broken?.id ?? '', '--story');
    expect(failed.stdout).toMatch(/^ {2}original +1 +failed .*\.? \(NotAnImage\)$/m);
  });

  it('process --wait does one image, and says why when it cannot', async () => {
    const [image] = await pipeline.darkroom.images({ status: 'completed', limit: 1 });
    const id = image?.id ?? '';
    const before = pipeline.encodes();
    const forced = await run('process', id, '--wait', '--force', '--steps', 'variants');
    expect(forced).toEqual({ code: 0, stdout: `${id} processed\n`, stderr: '' });
    expect(pipeline.encodes()).toBe(before + 2);
    expect(jsonOf(await run('process', id, '--wait', '--json'))).toEqual({
      imageId: id,
      state: 'processed',
    });
    await expect(run('process', await newest(), '--wait')).resolves.toEqual({
      code: 1,
      stdout: '',
      stderr: 'The content of the file is not an image.\n',
    });
    const unknown = await run('process', '00000000-0000-7000-8000-000000000000', '--json');
    expect(unknown.code).toBe(1);
    expect(jsonOf(unknown)).toMatchObject({ error: { kind: 'ImageNotFound' } });
  });

  it('backfill start leaves the run to the workers, a second is refused, cancel stops it', async () => {
    held = gate();
    const started = await run('backfill', 'start', '--scope', 'all', '--json');
    const { runId } = jsonOf<{ runId: string }>(started);
    await expect(run('backfill', 'start')).resolves.toEqual({
      code: 1,
      stdout: '',
      stderr: 'A backfill is already active.\n',
    });
    await vi.waitUntil(() => held?.waiting === 2);
    const status = await run('backfill', 'status', '--json');
    expect(jsonOf(status)).toMatchObject({ runId, status: 'running', inFlight: 2, total: 2 });

    const cancelled = await run('backfill', 'cancel', '--json');
    expect(cancelled.code).toBe(0);
    expect(jsonOf(cancelled)).toMatchObject({ id: runId, status: 'cancelled', done: 0, failed: 0 });
    const images = jsonOf<Image[]>(await run('images', '--status', 'completed', '--json'));
    expect(images.every(({ variantsReady }) => variantsReady)).toBe(true);
    expect(images).toHaveLength(2);
  });
});
