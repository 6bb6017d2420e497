import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { gate } from '../support/gate.js';
import { encodingBehind } from '../support/held-encodes.js';
import { picture } from '../support/pictures.js';
import { startPipeline, type Pipeline } from '../support/pipeline.js';
import { openTemporaryFolder, type OpenedFolder } from '../support/temporary-folder.js';
import { darkroom, jsonOf } from './darkroom-program.js';

describe('the demo, started again in the middle of a run', () => {
  const held = gate();
  let pipeline: Pipeline;
  let folder: OpenedFolder;
  beforeAll(async () => {
    folder = openTemporaryFolder();
    pipeline = await startPipeline({ replace: (deps) => encodingBehind(deps, held) });
  });
  afterAll(async () => {
    await pipeline[Symbol.asyncDispose]();
    await folder[Symbol.asyncDispose]();
  });

  it('tells of that run too, although nothing is left for one of its own', async () => {
    const { backfill } = pipeline.darkroom;
    await writeFile(join(pipeline.photos, 'b.jpg'), 'no picture');
    // The first is held whichever end they are taken from, and the broken one is left.
    await pipeline.addPictures({
      'a.jpg': await picture({ widthPx: 300, heightPx: 200 }),
      'c.jpg': await picture({ widthPx: 300, heightPx: 200, seed: 2 }),
    });
    await backfill.start({ concurrency: 1 });
    await vi.waitUntil(() => held.waiting > 0, { timeout: 30_000 });
    await backfill.pause();
    held.open();

    const ended = await darkroom(
      ['demo', '--once', '--json', '--photos', pipeline.photos, '--data', 'data'],
      { cwd: folder.path, env: pipeline.env },
    );
    expect(ended.code).toBe(3);
    const report = jsonOf<{ seconds: number; imagesPerSecond: number }>(ended);
    expect(report).toMatchObject({
      ...{ images: 3, ready: 2, failed: 1 },
      failures: [{ file: 'b.jpg', kind: 'NotAnImage' }],
    });
    expect(report.seconds).toBeGreaterThan(0);
    expect(report.imagesPerSecond).toBeCloseTo(3 / report.seconds, 0);
  }, 180_000);
});
