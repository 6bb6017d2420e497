import { execFile } from 'node:child_process';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ColorSpace } from '../../src/domain/recipe.js';
import { DEFAULT_RECIPE } from '../../src/domain/recipes.js';
import type { SelfTestOutput } from '../../src/imaging/encoder-jobs.js';
import { openEncoderPool, type EncoderPool } from '../../src/imaging/encoder-pool.js';
import { requireSafeLoaders } from '../../src/open-worker.js';
import { openScratch } from '../../src/activities/scratch.js';
import { openEncoderInputs, type EncoderInputs } from '../support/encoder-inputs.js';
import { forgetPeak, peakMegabytes } from '../support/process-memory.js';
import type { HostileFile } from '../support/hostile/hostile-file.js';
import { HOSTILE_FILES } from '../support/hostile/index.js';

/** Of a file of at most 50 MB and 50 megapixels, on a machine that has other things to do. */
const MAX_SECONDS = 20;
/** An interlaced PNG of 16 bits and four channels is held as a whole: 8 bytes a pixel. */
const MAX_MEGABYTES = 700;

const LIMIT = { timeoutMs: MAX_SECONDS * 1000 };
/** As the usual recipe has it. */
const WEBP = DEFAULT_RECIPE.formats.filter(({ format }) => format === 'webp');
const WITH_PROFILES = HOSTILE_FILES.filter(({ name }) => /JPEG|PNG/.test(name));

let inputs: EncoderInputs;
let pool: EncoderPool;
beforeAll(async () => {
  inputs = await openEncoderInputs();
  pool = openEncoderPool({ encoders: 1 });
});
afterAll(async () => {
  await pool[Symbol.asyncDispose]();
  await inputs[Symbol.asyncDispose]();
});

async function prepare({ bytes }: HostileFile, colorSpace?: ColorSpace) {
  const path = join(inputs.folder, 'hostile');
  await writeFile(path, await bytes());
  await forgetPeak(pool.stats().pids[0]);
  return pool.run('prepare', inputs.prepareJob(path, colorSpace), LIMIT).then(
    (output) => ({ outcome: 'prepared', output }),
    (error: { kind?: string }) => ({ outcome: error.kind, output: undefined }),
  );
}

async function expectWithinMemory(): Promise<void> {
  const { lost, pids } = pool.stats();
  expect(lost).toBe(0);
  expect(await peakMegabytes(pids[0])).toBeLessThan(MAX_MEGABYTES);
}

describe('a hostile file', () => {
  it.for(HOSTILE_FILES)('$name ends well: $ends', async (file) => {
    const { outcome, output } = await prepare(file);
    expect(outcome).toBe(file.ends);
    await expectWithinMemory();
    if (output === undefined) return;
    await forgetPeak(pool.stats().pids[0]);
    const { master } = output;
    const path = `${master.path}.webp`;
    const job = {
      master,
      widthPx: master.widthPx,
      outputs: WEBP.map((settings) => ({ settings, path })),
    };
    await expect(pool.run('encode', job, LIMIT)).resolves.toHaveLength(1);
    await expectWithinMemory();
    await Promise.all([rm(path), rm(master.path)]);
  });

  it('leaves the encoder process as it was: the same one prepares a photograph', async () => {
    const [pid] = pool.stats().pids;
    const { facts } = await pool.run('prepare', inputs.prepareJob(), { timeoutMs: 60_000 });
    expect(facts).toMatchObject({ mediaType: 'image/jpeg', widthPx: 300, heightPx: 200 });
    expect(pool.stats()).toMatchObject({ lost: 0, pids: [pid] });
  });

  it('that is a page too leaves nothing of the page in what is shown', async () => {
    const page = HOSTILE_FILES.find(({ name }) => name === 'a JPEG that is a page too');
    const path = join(inputs.folder, 'page');
    await writeFile(path, (await page?.bytes()) ?? '');
    const job = inputs.prepareJob(path);
    const { master } = await pool.run('prepare', job, { timeoutMs: 60_000 });
    const settings = { format: 'webp', quality: 80, effort: 0 } as const;
    const outputs = [{ settings, path: `${path}.webp` }];
    await pool.run('encode', { master, widthPx: 64, outputs }, { timeoutMs: 60_000 });
    for (const made of [job.previewPath, `${path}.webp`]) {
      expect(await readFile(made, 'latin1')).not.toContain('script');
    }
  });
});

describe('a hostile file, when Display P3 is kept', () => {
  // A process of its own, because what the others have left in that one is not this file's.
  beforeAll(async () => {
    await pool[Symbol.asyncDispose]();
    pool = openEncoderPool({ encoders: 1 });
  });

  it.for(WITH_PROFILES)('$name ends as well: $ends', async (file) => {
    const { outcome } = await prepare(file, 'p3');
    expect(outcome).toBe(file.ends);
    await expectWithinMemory();
  });
});

describe('the loaders of an encoder process', () => {
  const folder = async (name: string) => {
    const path = join(inputs.folder, name);
    await mkdir(path);
    return path;
  };

  it('are those of the formats that we read, from memory, and no others', async () => {
    const input = { folder: await folder('restricted') };
    const found = await pool.run('selfTest', input, { timeoutMs: 60_000 });
    expect(found).toMatchObject({ failures: [], unsafe: [] });
  });

  it('keep a worker from its work when one of them is unsafe', async () => {
    const unrestricted = await selfTestWithoutRestrictions(await folder('unrestricted'));
    expect(unrestricted.unsafe).toEqual(['svg', 'paths']);
    const scratch = await openScratch(join(inputs.folder, 'scratch'));
    const log = { warn: () => undefined };
    await expect(requireSafeLoaders({ encoders: pool, scratch }, log)).resolves.toBeUndefined();
    const encoders = { ...pool, run: () => Promise.resolve(unrestricted) } as never as EncoderPool;
    await expect(requireSafeLoaders({ encoders, scratch }, log)).rejects.toThrow(
      /^This worker starts no work: its encoders read svg, paths, /,
    );
  });
});

describe('the sharp of an encoder process', () => {
  async function start(sharp: string): Promise<void> {
    const scratch = await openScratch(join(inputs.folder, `scratch-${sharp}`));
    const found = { sharp, vips: '8.18.7', heic: true, failures: [], unsafe: [] };
    const encoders = { ...pool, run: () => Promise.resolve(found) } as never as EncoderPool;
    await requireSafeLoaders({ encoders, scratch }, { warn: () => undefined });
  }

  it.each(['0.35.3', '0.34.9', '0.9.40', 'unknown'])(
    'keeps a worker from its work when it has known holes: %s',
    async (sharp) => {
      await expect(start(sharp)).rejects.toThrow(
        `This worker starts no work: its sharp is ${sharp}, and what came before 0.35.4 has known holes`,
      );
    },
  );

  it.each(['0.35.4', '0.35.10', '0.36.0', '0.36.0-rc.1', '1.0.0'])('may be %s', async (sharp) => {
    await expect(start(sharp)).resolves.toBeUndefined();
  });
});

/** In a process that blocks no loader, as an encoder would be whose restrictions did not take. */
async function selfTestWithoutRestrictions(folder: string): Promise<SelfTestOutput> {
  const program = new URL('../../dist/imaging/self-test.js', import.meta.url).href;
  const source = `import { selfTest } from '${program}';
    console.log(JSON.stringify(await selfTest({ folder: ${JSON.stringify(folder)} })));`;
  const node = [process.execPath, ['--input-type=module', '--eval', source]] as const;
  const { stdout } = await promisify(execFile)(...node, { env: {} });
  return JSON.parse(stdout) as SelfTestOutput;
}
