import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { decodeOriginal } from '../../src/imaging/decode.js';
import { decodeHeic } from '../../src/imaging/heic.js';
import { probeOriginal } from '../../src/imaging/probe.js';

const machine = vi.hoisted(() => ({ says: '' }));

/** A libvips that fails whatever it is asked for. */
vi.mock('sharp', () => {
  const fail = () => Promise.reject(new Error(`vips__write: ${machine.says}\nvips2png: again`));
  const steps = ['autoOrient', 'resize', 'toColourspace', 'raw'];
  const image = () => ({
    ...Object.fromEntries(steps.map((step) => [step, image])),
    ...{ metadata: fail, toBuffer: fail },
  });
  return { default: image };
});
vi.mock('node:worker_threads', () => ({
  Worker: class {
    constructor() {
      throw new Error('Worker initialization failure: EAGAIN');
    }
  },
}));

const LIMITS = { maxMegapixels: 1, maxFileBytes: 1000 };
const JPEG = Buffer.from('ffd8ffe000104a46494600', 'hex');

const original = {
  ...{ bytes: JPEG, mediaType: 'image/jpeg' as const, orientation: 1, deepColor: false },
  ...{ widthPx: 8, heightPx: 8, profile: undefined, exif: undefined },
};
const options = {
  ...{ limits: LIMITS, box: { widthPx: 8, heightPx: 8 } },
  colorSpace: 'srgb' as const,
};

const probe = () => probeOriginal(path, LIMITS);
const decode = () => decodeOriginal(original, options);

let path: string;
beforeAll(async () => {
  path = join(await mkdtemp(join(tmpdir(), 'fault-')), 'original');
  await writeFile(path, JPEG);
});
afterAll(() => rm(join(path, '..'), { recursive: true }));

describe('a machine that fails in a decoder', () => {
  it.each([
    'unable to allocate memory',
    'out of memory --- size == 48MB',
    'write error: No space left on device',
    'Disk quota exceeded',
    'Read-only file system',
    'Too many open files',
    'Input/output error',
  ])('does not make the picture damaged: %s', async (says) => {
    machine.says = says;
    const kept = { message: expect.stringContaining(says) as string };
    for (const run of [probe, decode]) {
      await expect(run()).rejects.toMatchObject(kept);
      await expect(run()).rejects.not.toHaveProperty('kind');
    }
  });

  it('is not what a file is that claims too much', async () => {
    machine.says = 'heif: Memory allocation error: Security limit exceeded: iloc box';
    for (const run of [probe, decode]) {
      await expect(run()).rejects.toMatchObject({ kind: 'ImageCorrupt' });
    }
  });

  it('lets the picture wait when it cannot start the thread of the HEIC decoder', async () => {
    const unavailable = {
      kind: 'EncoderUnavailable',
      message:
        'The thread of the HEIC decoder could not be started: Worker initialization failure: EAGAIN',
    };
    await expect(decodeHeic(original, LIMITS)).rejects.toMatchObject(unavailable);
    const heic = { ...original, mediaType: 'image/heic' as const };
    await expect(decodeOriginal(heic, options)).rejects.toMatchObject(unavailable);
  });
});
