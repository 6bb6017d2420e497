import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openEncoderPool } from '../imaging/encoder-pool.js';
import type { SelfTestOutput } from '../imaging/encoder-jobs.js';
import { check, failed, note, ok, skipped, type Check } from './check.js';

const TIMEOUT_MS = 30_000;
const REINSTALL =
  'Install the packages again (npm ci) on this machine; sharp is built for each kind.';

/** An encoder process reads and writes one tiny picture of each format. */
export async function checkEncoders(): Promise<Check[]> {
  let found: SelfTestOutput | undefined;
  const encoders = await check(
    'encoders',
    async () => {
      found = await selfTest();
      const { sharp, vips, unsafe } = found;
      const versions = `sharp ${sharp}, libvips ${vips}`;
      const read = unsafe.map((kind) => `${kind} is read, although its loader is unsafe`);
      const failures = [...found.failures, ...read];
      return failures.length > 0
        ? failed(`${versions}: ${failures.join('; ')}`, REINSTALL)
        : ok(`${versions}: JPEG, PNG, WebP, AVIF, GIF and TIFF read, WebP and AVIF written`);
    },
    REINSTALL,
  );
  const heic = await check('heic', async () => {
    if (found === undefined) return skipped('no encoder process runs');
    return found.heic
      ? ok('libheif-js is installed')
      : note('HEIC cannot be read', 'If you have such originals: npm install libheif-js');
  });
  return [encoders, heic];
}

async function selfTest(): Promise<SelfTestOutput> {
  const folder = await mkdtemp(join(tmpdir(), 'darkroom-doctor-'));
  try {
    await using pool = openEncoderPool({ encoders: 1 });
    return await pool.run('selfTest', { folder }, { timeoutMs: TIMEOUT_MS });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
