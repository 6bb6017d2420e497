import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { median, rounded, type Options, type Report } from '../report.js';
import { photosFrom } from '../photos.js';
import type { Cost } from './contender.js';
import { openPipeline, type PipelineCost } from './pipeline-run.js';

const CONTENDER = fileURLToPath(new URL('./contender.ts', import.meta.url));
const run = promisify(execFile);

/** The plain loop takes half a minute of CPU an image, so it gets every n-th photograph only. */
const PLAIN_SAMPLE = 4;
const ROUNDS = 2;

type Name = 'plain' | 'tuned on the sample' | 'tuned' | 'bare' | 'pipeline';

/**
 * The four contenders in turn, twice. What the settings alone bring is measured on
 * the sample, plain against tuned; what the rest brings on all photographs; the headline is the product.
 */
export async function benchImages({ photos, signal }: Options): Promise<Report> {
  const scratch = await mkdtemp(join(tmpdir(), 'darkroom-bench-'));
  try {
    const { folder, files, painted } = await photosFrom(photos, scratch);
    const every = Math.max(1, Math.floor(files.length / PLAIN_SAMPLE));
    const sample = files.filter((_, index) => index % every === 0).slice(0, PLAIN_SAMPLE);
    await using pipeline = await openPipeline(join(scratch, 'stack'), signal);
    // A first round warms the worker's caches and encoders, as a long backfill's are.
    await pipeline.run(folder);
    const costs = new Map<Name, Cost[]>();
    const note = (name: Name, cost: Cost) => costs.set(name, [...(costs.get(name) ?? []), cost]);
    for (let round = 1; round <= ROUNDS; round += 1) {
      const contend = (name: string, of: string[]) =>
        contender([name, join(scratch, 'out'), ...of], signal);
      note('pipeline', await pipeline.run(folder));
      note('bare', await contend('bare', files));
      note('tuned', await contend('tuned', files));
      note('tuned on the sample', await contend('tuned', sample));
      note('plain', await contend('plain', sample));
      console.error(`round ${round} of ${ROUNDS} is done`);
    }
    return reportOf(costs, { painted, images: files.length });
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function contender(
  [name = '', folder = '', ...files]: string[],
  signal: AbortSignal,
): Promise<Cost> {
  await mkdir(folder, { recursive: true });
  const args = ['--import', 'tsx', CONTENDER, name, folder, ...files];
  const { stdout } = await run(process.execPath, args, { maxBuffer: 1e6, signal });
  await rm(folder, { recursive: true });
  return JSON.parse(stdout) as Cost;
}

function reportOf(
  costs: Map<Name, Cost[]>,
  { painted, images }: { painted: boolean; images: number },
): Report {
  const of = (name: Name, figure: (cost: Cost) => number) =>
    median((costs.get(name) ?? []).map(figure));
  const rate = (name: Name) => of(name, (cost) => cost.images / cost.seconds);
  const settings = rate('tuned on the sample') / rate('plain');
  const vsTuned = rate('pipeline') / rate('tuned');
  const runs = costs.get('pipeline') as PipelineCost[];
  return {
    title: `images: ${images} ${painted ? 'painted' : ''} photographs, medians of ${ROUNDS} rounds`,
    columns: ['contender', 'images', 'images/s', 'CPU s/image', 'KB/image', 'peak MB'],
    rows: [...costs.keys()].map((name) => [
      name,
      of(name, (cost) => cost.images),
      rate(name).toFixed(3),
      of(name, (cost) => cost.cpuSeconds / cost.images).toFixed(2),
      Math.round(of(name, (cost) => cost.bytes / cost.images / 1000)),
      Math.round(Math.max(...(costs.get(name) ?? []).map((cost) => cost.peakMb))),
    ]),
    results: {
      pipelineVsPlain: rounded(settings * vsTuned),
      pipelineVsTuned: rounded(vsTuned),
      pipelineVsBare: rounded(rate('pipeline') / rate('bare')),
      tunedVsPlain: rounded(settings),
      bareVsTuned: rounded(rate('bare') / rate('tuned')),
      readsPerImage: rounded(median(runs.map(({ reads, images: of }) => reads / of)), 3),
      besideCpuMs: Math.round(
        median(runs.map(({ besideCpuSeconds, images: of }) => (besideCpuSeconds / of) * 1000)),
      ),
      eventLoopP99Ms: rounded(Math.max(...runs.map((it) => it.eventLoopP99Ms)), 1),
      peakRssMb: Math.round(Math.max(...runs.map(({ peakMb }) => peakMb))),
    },
    notes: painted ? ['Painted photographs: their speed says nothing about real ones.'] : [],
  };
}
