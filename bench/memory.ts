import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openDarkroom, type Darkroom } from '../src/client.js';
import { picture } from '../test/support/pictures.js';
import { openBenchStack } from './bench-stack.js';
import { memoryMb } from './process-usage.js';
import { rounded, type Options, type Report } from './report.js';

const FIRST = 50;
const ALL = 200;

/** What all processes of the stack hold after 50 small images and after 200, and what a second run does. */
export async function benchMemory({ signal }: Options): Promise<Report> {
  await using opened = await openBenchStack({ worker: true, server: true }, signal);
  const { stack, scratch } = opened;
  await using darkroom = await openDarkroom(stack.env);
  const photos = join(scratch, 'photos');
  await mkdir(photos);
  await makeReady(darkroom, { photos, from: 0, to: FIRST, signal });
  const afterFirst = memoryMb(process.pid);
  await makeReady(darkroom, { photos, from: FIRST, to: ALL, signal });
  const afterAll = memoryMb(process.pid);
  return {
    title: 'memory: every process of the stack and this one, shared pages divided',
    columns: ['images', 'MB'],
    rows: [
      [FIRST, Math.round(afterFirst)],
      [ALL, Math.round(afterAll)],
    ],
    results: { memoryRatio: rounded(afterAll / afterFirst) },
  };
}

async function makeReady(
  darkroom: Darkroom,
  { photos, from, to, signal }: { photos: string; from: number; to: number; signal: AbortSignal },
): Promise<void> {
  for (let seed = from; seed < to; seed += 1) {
    const bytes = await picture({ widthPx: 640, heightPx: 480, seed });
    await writeFile(join(photos, `${seed}.jpg`), bytes);
  }
  await darkroom.import(photos);
  const { runId } = await darkroom.backfill.start();
  for await (const { failed } of darkroom.backfill.watch(runId, { signal })) {
    if (failed > 0) throw new Error(`${failed} images failed.`);
  }
}
