import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { openDarkroom, type Darkroom } from '../src/client.js';
import { fakeSettings, startFakeOpenAi } from '../src/dev/fake-openai.js';
import { openBenchStack } from './bench-stack.js';
import { photosFrom } from './photos.js';
import { median, rounded, type Options, type Report } from './report.js';

const IMAGES = 200;
const ROUNDS = 2;
/** What a paid provider often allows. */
const CALLS_A_MINUTE = 10;
const LOOK_MS = 250;

type Name = 'builtin' | 'slow';

/** How long a library waits for its variants when descriptions take twenty minutes, and when they take none. */
export async function benchSlowProvider({ photos, signal }: Options): Promise<Report> {
  await using fake = await startFakeOpenAi();
  const settings: Record<Name, Record<string, string>> = {
    builtin: {},
    slow: { ...fakeSettings(fake), METADATA_CALLS_PER_MINUTE: `${CALLS_A_MINUTE}` },
  };
  const seconds = new Map<Name, number[]>();
  let painted = false;
  for (let round = 1; round <= ROUNDS; round += 1) {
    for (const name of ['builtin', 'slow'] as const) {
      const measured = await measure(settings[name], { photos, signal });
      painted = measured.painted;
      seconds.set(name, [...(seconds.get(name) ?? []), measured.seconds]);
      console.error(`round ${round} of ${ROUNDS}: ${name} is done`);
    }
  }
  return reportOf(seconds, painted);
}

async function measure(
  settings: Record<string, string>,
  { photos, signal }: { photos: string | undefined; signal: AbortSignal },
): Promise<{ seconds: number; painted: boolean }> {
  await using opened = await openBenchStack({ worker: true }, signal, settings);
  const { scratch, stack } = opened;
  const { files, painted } = await photosFrom(photos, scratch);
  await using darkroom = await openDarkroom({ ...stack.env, ...settings });
  await darkroom.import(await copiesOf(files, join(scratch, 'library')));
  const startedAt = performance.now();
  await darkroom.backfill.start();
  await allReady(darkroom, signal);
  const seconds = (performance.now() - startedAt) / 1000;
  await darkroom.backfill.cancel().catch(() => undefined);
  return { seconds, painted };
}

async function allReady(darkroom: Darkroom, signal: AbortSignal): Promise<void> {
  for (;;) {
    const { ready, failed } = await darkroom.stats();
    if (failed > 0) throw new Error(`${failed} images failed.`);
    if (ready === IMAGES) return;
    await wait(LOOK_MS, undefined, { signal });
  }
}

/** As many originals as are wanted, in different bytes: what follows a picture's end is read by nobody. */
async function copiesOf(files: string[], folder: string): Promise<string> {
  await mkdir(folder);
  for (let index = 0; index < IMAGES; index += 1) {
    const file = files[index % files.length] ?? '';
    const bytes = Buffer.concat([await readFile(file), Buffer.from(`copy ${index}`)]);
    await writeFile(join(folder, `${index}-${basename(file)}`), bytes);
  }
  return folder;
}

function reportOf(seconds: Map<Name, number[]>, painted: boolean): Report {
  const of = (name: Name) => median(seconds.get(name) ?? []);
  return {
    title: `slow-provider: ${IMAGES} images until all variants are there, medians of ${ROUNDS} rounds`,
    columns: ['descriptions by', 'seconds', 'images/s'],
    rows: (['builtin', 'slow'] as const).map((name) => [
      name === 'slow' ? `a provider at ${CALLS_A_MINUTE} calls a minute` : name,
      of(name).toFixed(1),
      (IMAGES / of(name)).toFixed(2),
    ]),
    results: { variantsSlowVsBuiltin: rounded(of('slow') / of('builtin')) },
    notes: painted ? ['Painted photographs: their speed says nothing about real ones.'] : [],
  };
}
