import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { darkroom, type Ended } from '../cli/darkroom-program.js';
import { picture, pixels } from '../support/pictures.js';
import { temporaryFolder } from '../support/temporary-folder.js';

interface Report {
  images: number;
  ready: number;
  failed: number;
  variants: number;
  seconds: number;
  imagesPerSecond: number;
  failures: { file: string; kind: string }[];
  skipped: { file: string; kind: string }[];
}

const LIMITS = { MAX_MEGAPIXELS: '1', MAX_FILE_MB: '1' };
const SMALL = { widthPx: 400, heightPx: 300 };

/** Every file, and what it must be called; `ready` when it must be shown. */
async function library(): Promise<Record<string, [Buffer | string, string]>> {
  const jpeg = await picture(SMALL);
  return {
    'good.jpg': [await picture({ ...SMALL, seed: 2 }), 'ready'],
    'good.png': [await picture({ ...SMALL, seed: 3, format: 'png' }), 'ready'],
    'good.webp': [await picture({ ...SMALL, seed: 4, format: 'webp' }), 'ready'],
    'good.avif': [await picture({ ...SMALL, seed: 5, format: 'avif' }), 'ready'],
    'png named.jpg': [await picture({ ...SMALL, seed: 6, format: 'png' }), 'ready'],
    'folder.jpg/inside': [await picture({ ...SMALL, seed: 7 }), 'ready'],
    'truncated.jpg': [jpeg.subarray(0, jpeg.length / 2), 'ImageCorrupt'],
    'empty.jpg': ['', 'ImageEmpty'],
    'text.jpg': ['no picture at all', 'NotAnImage'],
    'drawing.svg': ['<svg xmlns="http://www.w3.org/2000/svg"/>', 'UnsupportedFormat'],
    'good.gif': [await pixels(SMALL).gif().toBuffer(), 'ready'],
    'large.jpg': [await picture({ widthPx: 1200, heightPx: 900 }), 'TooManyPixels'],
    'padded.jpg': [Buffer.concat([jpeg, Buffer.alloc(1_100_000)]), 'FileTooLarge'],
  };
}

describe('a library with broken files', () => {
  it(
    'becomes ready but for those, each of which is named with its kind and tried once',
    { timeout: 180_000 },
    async () => {
      const cwd = temporaryFolder();
      const files = await library();
      await writeLibrary(join(cwd, 'photos'), files);
      await symlink(join(cwd, 'later.jpg'), join(cwd, 'photos', 'dangling.jpg'));
      await writeFile(join(cwd, 'photos', 'README.md'), '# Photos');
      const demo = (...more: string[]) =>
        darkroom(['demo', '--once', '--data', 'data', '--photos', 'photos', ...more], {
          cwd,
          env: LIMITS,
        });

      const first = await demo('--json');
      const report = lastLine(first);
      const bad = Object.entries(files).flatMap(([file, [, kind]]) =>
        kind === 'ready' ? [] : [`${file}: ${kind}`],
      );
      expect(report.failures.map(({ file, kind }) => `${file}: ${kind}`).sort()).toEqual(
        [...bad, 'dangling.jpg: OriginalMissing'].sort(),
      );
      expect(report).toMatchObject({ images: 14, ready: 7, failed: 7, variants: 14 });
      expect(report.seconds).toBeGreaterThan(0);
      expect(report.imagesPerSecond).toBeCloseTo(14 / report.seconds, 0);
      expect(report.skipped).toEqual([{ file: 'README.md', kind: 'NotAnImage' }]);
      expect(first.code).toBe(3);
      await expect(triesThatFailed(cwd)).resolves.toEqual(Array<number>(7).fill(1));

      // A missing original says nothing about bytes, so only that one is looked at again.
      await writeFile(join(cwd, 'later.jpg'), await picture({ ...SMALL, seed: 8 }));
      const second = await demo('--json');
      expect(lastLine(second)).toMatchObject({ images: 14, ready: 8, failed: 6, failures: [] });
      expect(second.code).toBe(0);

      const third = await demo();
      expect(third.stdout).toContain('Nothing to process: every image is ready or set aside.\n');
      expect(third.stdout).toContain('8 of 14 images ready: 16 variants');
      expect(third.code).toBe(0);
      await expect(triesThatFailed(cwd)).resolves.toHaveLength(7);
    },
  );
});

type Library = Awaited<ReturnType<typeof library>>;

async function writeLibrary(folder: string, files: Library): Promise<void> {
  for (const [file, [content]] of Object.entries(files)) {
    await mkdir(join(folder, file, '..'), { recursive: true });
    await writeFile(join(folder, file), content);
  }
}

function lastLine({ stdout }: Ended): Report {
  return JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '') as Report;
}

/** For every try of an activity that failed, which try of how many it was. */
async function triesThatFailed(cwd: string): Promise<number[]> {
  const log = await readFile(join(cwd, 'data', 'logs', 'worker.log'), 'utf8');
  return log
    .split('\n')
    .filter((line) => line.includes('"message":"Activity failed"'))
    .map((line) => (JSON.parse(line) as { attempt: number }).attempt);
}
