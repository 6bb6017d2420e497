import { execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { EncodeInput, PixelFile, PrepareInput } from '../../src/imaging/encoder-jobs.js';
import { openEncoderPool, type EncoderPool } from '../../src/imaging/encoder-pool.js';
import { moving, picture, pixels } from '../support/pictures.js';

const MINUTE = { timeoutMs: 60_000 };

let folder: string;
let small: PixelFile;
let large: PixelFile;
let original: string;
let pool: EncoderPool;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pool-'));
  original = join(folder, 'original.jpg');
  await writeFile(original, await picture({ widthPx: 300, heightPx: 200 }));
  const smallPixels = await pixels({ widthPx: 64, heightPx: 64 }).raw().toBuffer();
  small = { path: join(folder, 'small'), widthPx: 64, heightPx: 64, channels: 3 };
  await writeFile(small.path, smallPixels);
  large = { path: join(folder, 'large'), widthPx: 2000, heightPx: 2000, channels: 3 };
  await writeFile(large.path, randomBytes(2000 * 2000 * 3));
});
afterAll(() => rm(folder, { recursive: true }));

beforeEach(() => {
  pool = openEncoderPool({ encoders: 1 });
});
afterEach(() => pool[Symbol.asyncDispose]());

let outputs = 0;
function quick(): EncodeInput {
  const settings = { format: 'webp', quality: 80, effort: 0 } as const;
  const path = join(folder, `${outputs++}.webp`);
  return { master: small, widthPx: 64, outputs: [{ settings, path }] };
}

/** An encode of minutes: noise at the highest effort. */
function slow(): EncodeInput {
  const settings = {
    format: 'avif',
    quality: 90,
    effort: 9,
    chromaSubsampling: '4:4:4',
  } as const;
  const path = join(folder, `${outputs++}.avif`);
  return { master: large, widthPx: 2000, outputs: [{ settings, path }] };
}

function prepareJob(originalPath: string): PrepareInput {
  const masterPath = join(folder, `${outputs++}.pixels`);
  return {
    originalPath,
    limits: { maxMegapixels: 50, maxFileBytes: 50_000_000 },
    maxMasterWidthPx: 1920,
    masterPath,
    previewPath: `${masterPath}.jpg`,
  };
}

/** From /proc, or from `ps` where there is none. A zombie that nobody reaps is dead. */
async function processOf(pid: number): Promise<{ alive: boolean; cpuSeconds: number }> {
  const gone = { alive: false, cpuSeconds: 0 };
  if (process.platform === 'linux') {
    const status = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
    // The fields behind the name, which may hold blanks: the state first, CPU ticks at 11 and 12.
    const fields = status.slice(status.lastIndexOf(')') + 2).split(' ');
    if (status === '' || fields[0] === 'Z') return gone;
    return { alive: true, cpuSeconds: (Number(fields[11]) + Number(fields[12])) / 100 };
  }
  const columns = ['-o', 'state=,time=', '-p', String(pid)];
  const { stdout } = await promisify(execFile)('ps', columns).catch(() => ({ stdout: 'Z' }));
  const [state = 'Z', time = '0'] = stdout.trim().split(/\s+/);
  const cpuSeconds = time.split(':').reduce((sum, part) => sum * 60 + Number(part), 0);
  return state.startsWith('Z') ? gone : { alive: true, cpuSeconds };
}

async function isAlive(pid: number): Promise<boolean> {
  return (await processOf(pid)).alive;
}

/** Resolves with the pid when the encoder has burnt as much CPU as only a native encode does. */
async function inMidEncode(pid: number | undefined): Promise<number> {
  if (pid === undefined) throw new Error('no encoder has started');
  await vi.waitUntil(async () => (await processOf(pid)).cpuSeconds > 0.8, {
    timeout: 30_000,
    interval: 20,
  });
  return pid;
}

async function isGone(pid: number): Promise<void> {
  await vi.waitUntil(async () => !(await isAlive(pid)), { timeout: 2000, interval: 20 });
}

describe('the encoder pool', () => {
  it('prepares an original and encodes a tier of it in one warm process', async () => {
    const { master, facts } = await pool.run('prepare', prepareJob(original), MINUTE);
    expect(facts).toMatchObject({ mediaType: 'image/jpeg', widthPx: 300, heightPx: 200 });
    const { pids } = pool.stats();
    const [file] = await pool.run('encode', { ...quick(), master, widthPx: 150 }, MINUTE);
    expect(file).toMatchObject({ format: 'webp', widthPx: 150, heightPx: 100 });
    expect(pool.stats()).toEqual({
      encoders: 1,
      busy: 0,
      waiting: 0,
      megapixels: 0,
      lost: 0,
      pids,
    });
  });

  it('starts no process before there is work, and never more than it may', async () => {
    await using two = openEncoderPool({ encoders: 2 });
    expect(two.stats().pids).toEqual([]);
    const jobs = [1, 2, 3, 4].map(() => two.run('encode', quick(), MINUTE));
    expect(two.stats()).toMatchObject({ busy: 2, waiting: 2 });
    await Promise.all(jobs);
    expect(two.stats()).toMatchObject({ busy: 0, waiting: 0 });
    expect(two.stats().pids).toHaveLength(2);
  });

  it('hands on the kind and the words of a failure', async () => {
    const path = join(folder, 'note.jpg');
    await writeFile(path, 'no picture');
    await expect(pool.run('prepare', prepareJob(path), MINUTE)).rejects.toMatchObject({
      name: 'DarkroomError',
      kind: 'NotAnImage',
      message: 'The content of the file is not an image.',
    });
  });

  it('calls what nobody foresaw unexpected, with its message', async () => {
    const master = { ...small, path: join(folder, 'nowhere') };
    await expect(pool.run('encode', { ...quick(), master }, MINUTE)).rejects.toMatchObject({
      kind: 'Unexpected',
      message: expect.stringContaining('ENOENT'),
    });
    expect(pool.stats().lost).toBe(0);
  });

  it('loses only the job of an encoder that is killed from outside', async () => {
    const warnings: string[] = [];
    await using watched = openEncoderPool({
      encoders: 1,
      log: { warn: (message) => warnings.push(message) },
    });
    const doomed = watched.run('encode', slow(), MINUTE).catch((error: unknown) => error);
    const next = watched.run('encode', quick(), MINUTE);
    const pid = await inMidEncode(watched.stats().pids[0]);
    process.kill(pid, 'SIGKILL');
    expect(await doomed).toMatchObject({
      kind: 'EncoderCrashed',
      message: 'The encoder process was ended by SIGKILL.',
    });
    expect(await next).toHaveLength(1);
    expect(watched.stats()).toMatchObject({ lost: 1, busy: 0 });
    expect(watched.stats().pids).not.toContain(pid);
    expect(warnings).toEqual(['The encoder process was ended by SIGKILL.']);
  });

  it('replaces an idle encoder that is killed from outside', async () => {
    await pool.run('encode', quick(), MINUTE);
    process.kill(pool.stats().pids[0] ?? 0, 'SIGKILL');
    await vi.waitUntil(() => pool.stats().pids.length === 0);
    expect(await pool.run('encode', quick(), MINUTE)).toHaveLength(1);
  });

  it('ends an encode within a second of its abort, and works on', async () => {
    const cancel = new AbortController();
    const job = slow();
    const aborted = pool
      .run('encode', job, { ...MINUTE, signal: cancel.signal })
      .catch((error: unknown) => error);
    const pid = await inMidEncode(pool.stats().pids[0]);
    const reason = new Error('cancelled by the test');
    const abortedAt = performance.now();
    cancel.abort(reason);
    expect(await aborted).toBe(reason);
    expect(await isAlive(pid)).toBe(false);
    expect(performance.now() - abortedAt).toBeLessThan(1000);
    await expect(stat(job.outputs[0]?.path ?? '')).rejects.toThrow('ENOENT');
    expect(await pool.run('encode', quick(), MINUTE)).toHaveLength(1);
    expect(pool.stats().lost).toBe(0);
  });

  it('takes an aborted job off the queue without touching the one at work', async () => {
    const cancel = new AbortController();
    const working = pool.run('prepare', prepareJob(original), MINUTE);
    const queued = pool
      .run('encode', quick(), { ...MINUTE, signal: cancel.signal })
      .catch((error: unknown) => error);
    expect(pool.stats()).toMatchObject({ busy: 1, waiting: 1 });
    cancel.abort('not needed any more');
    expect(await queued).toBe('not needed any more');
    expect(pool.stats()).toMatchObject({ busy: 1, waiting: 0 });
    await working;
  });

  it('starts nothing for a signal that is aborted already', async () => {
    const signal = AbortSignal.abort('too late');
    await expect(pool.run('encode', quick(), { ...MINUTE, signal })).rejects.toBe('too late');
    expect(pool.stats().pids).toEqual([]);
  });

  it('ends an encode that takes longer than its limit', async () => {
    const running = pool.run('encode', slow(), { timeoutMs: 700 });
    const pid = pool.stats().pids[0] ?? 0;
    await expect(running).rejects.toMatchObject({
      kind: 'EncodeTimedOut',
      message: 'The encode job took longer than 0.7 s.',
    });
    expect(await isAlive(pid)).toBe(false);
  });

  it('blames the machine, and not the image, when no process can be started', async () => {
    const program = process.execPath;
    process.execPath = join(folder, 'no-node-here');
    try {
      await expect(pool.run('encode', quick(), MINUTE)).rejects.toMatchObject({
        kind: 'EncoderUnavailable',
        message: expect.stringContaining('could not be started'),
      });
    } finally {
      process.execPath = program;
    }
    await pool.run('encode', quick(), MINUTE);
  });

  it('takes waiting jobs by priority, encodes before prepares, then by age', async () => {
    const order: string[] = [];
    const enqueue = (name: string, job: 'encode' | 'prepare', priority?: number) => {
      const options = { ...MINUTE, ...(priority !== undefined && { priority }) };
      const run =
        job === 'encode'
          ? pool.run('encode', quick(), options)
          : pool.run('prepare', prepareJob(original), options);
      return run.then(() => order.push(name));
    };
    await Promise.all([
      enqueue('at work already', 'prepare', 5),
      enqueue('backfill', 'encode', 5),
      enqueue('prepare', 'prepare'),
      enqueue('encode', 'encode'),
      enqueue('later encode', 'encode', 3),
      enqueue('upload', 'prepare', 1),
    ]);
    expect(order).toEqual([
      'at work already',
      'upload',
      'encode',
      'later encode',
      'prepare',
      'backfill',
    ]);
  });

  it('keeps the encoder of an urgent original for its first tier, and not for ever', async () => {
    const order: string[] = [];
    const enqueue = (name: string, priority: number) =>
      pool.run('encode', quick(), { ...MINUTE, priority }).then(() => order.push(name));
    const prepared = pool.run('prepare', prepareJob(original), { ...MINUTE, priority: 1 });
    const backfill = enqueue('backfill', 5);
    const tier = prepared.then(async () => {
      // As long as the way through catalog and Temporal takes, and a turn for whoever waits.
      await new Promise((resolve) => setImmediate(resolve));
      return enqueue('tier of the upload', 1);
    });
    await Promise.all([backfill, tier]);
    expect(order).toEqual(['tier of the upload', 'backfill']);

    await pool.run('prepare', prepareJob(original), { ...MINUTE, priority: 1 });
    await enqueue('backfill after an upload without a tier', 5);
    expect(order).toHaveLength(3);
  });

  it('decodes no more megapixels at once than it may, a larger picture alone', async () => {
    // The slow encode takes 4 megapixels, the quick one a few thousand pixels.
    await using narrow = openEncoderPool({ encoders: 2, maxMegapixelsInFlight: 3 });
    const cancel = new AbortController();
    const first = narrow
      .run('encode', slow(), { ...MINUTE, signal: cancel.signal })
      .catch((error: unknown) => error);
    await vi.waitUntil(() => narrow.stats().megapixels === 4);
    const waits = narrow.run('encode', quick(), MINUTE);
    await inMidEncode(narrow.stats().pids[0]);
    expect(narrow.stats()).toMatchObject({ busy: 2, megapixels: 4 });
    cancel.abort('enough');
    expect(await first).toBe('enough');
    expect(await waits).toHaveLength(1);
    expect(narrow.stats()).toMatchObject({ busy: 0, megapixels: 0 });
  });

  it('does not count the wait for memory as working time', async () => {
    await using narrow = openEncoderPool({ encoders: 2, maxMegapixelsInFlight: 3 });
    const first = narrow.run('encode', slow(), { timeoutMs: 3000 }).catch(() => 'ended');
    await vi.waitUntil(() => narrow.stats().megapixels === 4);
    const waits = narrow.run('encode', quick(), { timeoutMs: 2000 });
    expect(await first).toBe('ended');
    expect(await waits).toHaveLength(1);
  });

  it('rejects what runs and what waits when it closes, and leaves no process', async () => {
    const failures = [slow(), quick()].map((input) =>
      pool.run('encode', input, MINUTE).catch((error: unknown) => error),
    );
    const pid = await inMidEncode(pool.stats().pids[0]);
    await pool[Symbol.asyncDispose]();
    expect(await isAlive(pid)).toBe(false);
    for (const failure of await Promise.all(failures)) {
      expect(failure).toMatchObject({ kind: 'WorkerStopping' });
    }
    await expect(pool.run('encode', quick(), MINUTE)).rejects.toMatchObject({
      kind: 'WorkerStopping',
    });
  });
});

describe('originals of every kind', () => {
  it.each(['gif', 'tiff'] as const)(
    'are decoded with the safe loaders only: %s',
    async (format) => {
      const path = join(folder, `safe.${format}`);
      await writeFile(path, await picture({ widthPx: 90, heightPx: 60, format }));
      const { facts } = await pool.run('prepare', prepareJob(path), MINUTE);
      expect(facts).toMatchObject({ mediaType: `image/${format}`, widthPx: 90, heightPx: 60 });
    },
  );

  it.runIf(process.platform === 'linux')('take less than 300 MB for a long animation', async () => {
    const path = join(folder, 'film.webp');
    const size = { widthPx: 480, heightPx: 360, format: 'webp' } as const;
    const colors = Array.from({ length: 100 }, (_, index) => `rgb(${index * 2}, 90, 200)`);
    await writeFile(path, await moving({ ...size, colors }));
    const settings = { format: 'webp', quality: 80, effort: 0 } as const;
    // Twice: what the first leaves behind must not add up.
    for (let round = 0; round < 2; round++) {
      const { master } = await pool.run('prepare', prepareJob(path), MINUTE);
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
      pool.run('encode', ${JSON.stringify(slow())}, { timeoutMs: 600_000 });
      console.log(pool.stats().pids[0]);`);
    const [line] = (await once(worker.stdout, 'data')) as [Buffer];
    const pid = await inMidEncode(Number(String(line)));
    worker.kill('SIGKILL');
    await isGone(pid);
  });

  it('is gone when a program has closed its pool and has nothing else to do', async () => {
    const worker = program(`
      await pool.run('encode', ${JSON.stringify(quick())}, { timeoutMs: 60_000 });
      await pool[Symbol.asyncDispose]();`);
    // 13: Node had nothing more to do while something was still awaited.
    expect(await once(worker, 'exit')).toEqual([0, null]);
  });

  it('does not keep a program alive that has nothing else to do', async () => {
    const worker = program(`
      await pool.run('encode', ${JSON.stringify(quick())}, { timeoutMs: 60_000 });
      console.log(pool.stats().pids[0]);`);
    const [line] = (await once(worker.stdout, 'data')) as [Buffer];
    await once(worker, 'exit');
    expect(worker.exitCode).toBe(0);
    await isGone(Number(String(line)));
  });
});
