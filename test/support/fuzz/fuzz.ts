import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DarkroomError } from '../../../src/domain/failures.js';
import type { ColorSpace } from '../../../src/domain/recipe.js';
import { openEncoderPool, type EncoderPool } from '../../../src/imaging/encoder-pool.js';
import { randomNumbers } from '../../../src/imaging/noise.js';
import { openEncoderInputs, type EncoderInputs } from '../encoder-inputs.js';
import { peakMegabytes } from '../process-memory.js';
import { mutated, pick } from './mutate.js';
import { fuzzOriginals } from './originals.js';

export interface FuzzOptions {
  seconds: number;
  seed: number;
  maxMegabytes: number;
  maxSeconds: number;
}

/** What a changed file did that no file may. */
export interface Finding {
  /** Of the run, and how many files it had tried before. */
  seed: number;
  tried: number;
  original: string;
  colorSpace: ColorSpace;
  what: string;
  /** The file itself, to make a test of it. */
  base64: string;
}

export interface FuzzReport {
  tried: number;
  /** How they ended, by kind; `prepared` are those that were read all the same. */
  ends: Record<string, number>;
  findings: Finding[];
}

/** No file may be the reason for these. */
const REFUSED = new Set(['Unexpected', 'EncoderCrashed', 'EncodeTimedOut']);
/** Display P3 is another way through the decoder. */
const P3_SHARE = 1 / 3;
/** A new thread with a new decoder takes 0.4 s; most of the time is for the others. */
const HEIC_SHARE = 0.01;
const MOST_FINDINGS = 10;

/** Changes real files and has each prepared by a real encoder process; the same seed tries the same files. */
export async function fuzz(options: FuzzOptions): Promise<FuzzReport> {
  const { seconds, seed, maxSeconds } = options;
  const random = randomNumbers(seed);
  const originals = await fuzzOriginals();
  const names = Object.keys(originals).filter((name) => !name.endsWith('.heic'));
  const report: FuzzReport = { tried: 0, ends: {}, findings: [] };
  await using inputs = await openEncoderInputs();
  await using pool = openEncoderPool({ encoders: 1 });
  const untilMs = Date.now() + seconds * 1000;
  for (; Date.now() < untilMs && report.findings.length < MOST_FINDINGS; report.tried += 1) {
    const original = random() < HEIC_SHARE ? 'hill.heic' : pick(names, random);
    const other = originals[pick(names, random)] ?? Buffer.alloc(0);
    const bytes = mutated(originals[original] ?? other, random, other);
    const colorSpace = random() < P3_SHARE ? 'p3' : 'srgb';
    const end = await prepared(bytes, {
      ...{ pool, inputs, colorSpace },
      timeoutMs: maxSeconds * 1000,
    });
    report.ends[end.kind] = (report.ends[end.kind] ?? 0) + 1;
    const megabytes = await peakMegabytes(pool.stats().pids[0]);
    const what = REFUSED.has(end.kind)
      ? `${end.kind}: ${end.message}`
      : megabytes > options.maxMegabytes && `${megabytes} MB`;
    if (what === false) continue;
    const { tried } = report;
    report.findings.push({
      seed,
      tried,
      original,
      colorSpace,
      what,
      base64: bytes.toString('base64'),
    });
  }
  return report;
}

interface Lab {
  pool: EncoderPool;
  inputs: EncoderInputs;
  colorSpace: ColorSpace;
  timeoutMs: number;
}

async function prepared(
  bytes: Buffer,
  { pool, inputs, colorSpace, timeoutMs }: Lab,
): Promise<{ kind: string; message: string }> {
  const path = join(inputs.folder, 'fuzzed');
  await writeFile(path, bytes);
  const files = { masterPath: `${path}.pixels`, previewPath: `${path}.jpg` };
  return pool
    .run('prepare', { ...inputs.prepareJob(path, colorSpace), ...files }, { timeoutMs })
    .then(
      () => ({ kind: 'prepared', message: '' }),
      (error: DarkroomError) => error,
    );
}
