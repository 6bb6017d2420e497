import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openEncoderPool, type EncoderPool } from '../../src/imaging/encoder-pool.js';
import { MINUTE, openEncoderInputs, type EncoderInputs } from '../support/encoder-inputs.js';
import { inMidEncode, isGone } from '../support/encoder-process.js';
import { withFewHandles } from '../support/handles.js';
import { moving, picture } from '../support/pictures.js';

let inputs: EncoderInputs;
let pool: EncoderPool;
beforeAll(async () => {
  inputs = await openEncoderInputs();
});
afterAll(() => inputs[Symbol.asyncDispose]());
beforeEach(() => {
  pool = openEncoderPool({ encoders: 1 });
});
afterEach(() => pool[Symbol.asyncDispose]());

describe('originals of every kind', () => {
  it.each(['gif', 'tiff'] as const)(
    'are decoded with the safe loaders only: %s',
    async (format) => {
      const path = join(inputs.folder, `safe.${format}`);
      await writeFile(path, await picture({ widthPx: 90, heightPx: 60, format }));
      const { facts } = await pool.run('prepare', inputs.prepareJob(path), MINUTE);
      expect(facts).toMatchObject({ mediaType: `image/${format}`, widthPx: 90, heightPx: 60 });
    },
  );

  it.runIf(process.platform === 'linux')('take less than 300 MB for a long animation', async () => {
    const path = join(inputs.folder, 'film.webp');
    const size = { widthPx: 480, heightPx: 360, format: 'webp' } as const;
    const colors = Array.from({ length: 100 }, (_, index) => `rgb(${index * 2}, 90, 200)`);
    await writeFile(path, await moving({ ...size, colors }));
    const settings = { format: 'webp', quality: 80, effort: 0 } as const;
    // Twice: what the first leaves behind must not add up.
    for (let round = 0; round < 2; round++) {
      const { master } = await pool.run('prepare', inputs.prepareJob(path), MINUTE);
      const outputs = [{ settings, path: `${path}.out` }];
      await pool.run('encode', { master, widthPx: 320, outputs }, MINUTE);
    }
    const status = await readFile(`/proc/${pool.stats().pids[0]}/status`, 'utf8');
    expect(Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1])).toBeLessThan(300_000);
  });
});

describe('an encoder process', () => {
  const POOL = new URL('../../dist/imaging/encoder-pool.js', import.meta.url).href;

  function program(script: string) {
    const source = `import { openEncoderPool } from '${POOL}';
      const pool = openEncoderPool({ encoders: 1 });\n${script}`;
    return spawn(process.execPath, ['--input-type=module', '--eval', source], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
  }

  it('dies in mid-encode when its worker is killed', async () => {
    const worker = program(`
      pool.run('encode', ${JSON.stringify(inputs.slow())}, { timeoutMs: 600_000 });
      console.log(pool.stats().pids[0]);`);
    const [line] = (await once(worker.stdout, 'data')) as [Buffer];
    const pid = await inMidEncode(Number(String(line)));
    worker.kill('SIGKILL');
    await isGone(pid);
  });

  it('is gone when a program has closed its pool and has nothing else to do', async () => {
    const worker = program(`
      await pool.run('encode', ${JSON.stringify(inputs.quick())}, { timeoutMs: 60_000 });
      await pool[Symbol.asyncDispose]();`);
    // 13: Node had nothing more to do while something was still awaited.
    expect(await once(worker, 'exit')).toEqual([0, null]);
  });

  it.runIf(process.platform === 'linux')(
    'that finds no handle to start with is the fault of the machine, and starts later',
    async () => {
      const lines = await withFewHandles(`
        import { openEncoderPool } from '${POOL}';
        const pool = openEncoderPool({ encoders: 1 });
        const encode = (input) => pool.run('encode', input, { timeoutMs: 60_000 });
        takeHandles();
        await encode(${JSON.stringify(inputs.quick())}).catch(({ kind }) => console.log(kind));
        giveHandlesBack();
        const [{ format }] = await encode(${JSON.stringify(inputs.quick())});
        console.log(format);`);
      expect(lines).toEqual(['EncoderUnavailable', 'webp']);
    },
  );

  it.runIf(process.platform === 'linux')(
    'that finds no handle to start with takes nobody with it when its pool is closed at once',
    async () => {
      const lines = await withFewHandles(`
        import { openEncoderPool } from '${POOL}';
        const pool = openEncoderPool({ encoders: 1 });
        takeHandles();
        const encoded = pool.run('encode', ${JSON.stringify(inputs.quick())}, { timeoutMs: 60_000 });
        await Promise.all([pool[Symbol.asyncDispose](), encoded.catch(({ kind }) => console.log(kind))]);
        console.log('still here');`);
      expect(lines).toEqual(['WorkerStopping', 'still here']);
    },
  );

  it('does not keep a program alive that has nothing else to do', async () => {
    const worker = program(`
      await pool.run('encode', ${JSON.stringify(inputs.quick())}, { timeoutMs: 60_000 });
      console.log(pool.stats().pids[0]);`);
    const [line] = (await once(worker.stdout, 'data')) as [Buffer];
    await once(worker, 'exit');
    expect(worker.exitCode).toBe(0);
    await isGone(Number(String(line)));
  });
});
