import { expect, it } from 'vitest';
import { fuzz } from '../support/fuzz/fuzz.js';

/** `npm run fuzz -- --minutes n --seed s` sets both. */
const { FUZZ_SECONDS = '120', FUZZ_SEED = '1' } = process.env;
const seconds = Number(FUZZ_SECONDS);
const seed = Number(FUZZ_SEED);

it(
  'a file that somebody changed ends in a failure with a name, or is shown',
  { timeout: seconds * 1000 + 120_000 },
  async () => {
    const report = await fuzz({ seconds, seed, maxMegabytes: 700, maxSeconds: 20 });
    console.log(`fuzz: seed ${seed}, ${report.tried} files, ${JSON.stringify(report.ends)}`);
    expect(report.findings).toEqual([]);
    // Neither is everything refused at the door, nor is everything read.
    expect(report.ends.prepared).toBeGreaterThan(report.tried / 20);
    expect(report.ends.ImageCorrupt).toBeGreaterThan(report.tried / 20);
  },
);
