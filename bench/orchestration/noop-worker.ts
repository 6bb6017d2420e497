/**
 * A worker whose encoders encode nothing: what is left is Temporal, the catalog and the storage. It
 * takes its configuration from the environment and says when it is ready.
 */
import { writeFile } from 'node:fs/promises';
import { NativeConnection } from '@temporalio/worker';
import { loadWorkerConfig } from '../../src/config/config.js';
import { createWorkers } from '../../src/create-workers.js';
import type { EncoderJobs } from '../../src/imaging/encoder-jobs.js';
import type { EncoderPool } from '../../src/imaging/encoder-pool.js';
import { installRuntime } from '../../src/log/install-runtime.js';
import { openLog } from '../../src/log/log.js';
import { openActivityDeps } from '../../src/open-worker.js';
import { TUNING } from '../../src/config/worker-tuning.js';

const NOTHING = Buffer.from('no picture');

const JOBS: {
  [K in keyof EncoderJobs]: (input: EncoderJobs[K]['input']) => Promise<EncoderJobs[K]['output']>;
} = {
  prepare: async ({ masterPath, previewPath }) => {
    await writeFile(masterPath, NOTHING);
    await writeFile(previewPath, NOTHING);
    const size = { widthPx: 2400, heightPx: 1600 };
    return {
      facts: {
        ...size,
        mediaType: 'image/jpeg',
        placeholder: '',
        colors: [{ hex: '#336699', share: 1 }],
        brightness: 0.5,
        animated: false,
      },
      master: { path: masterPath, widthPx: 1920, heightPx: 1280, channels: 3 },
      previewBytes: NOTHING.byteLength,
    };
  },
  paint: () => Promise.reject(new Error('nobody paints what is not encoded')),
  selfTest: () => Promise.reject(new Error('nobody tests what encodes nothing')),
  encode: ({ outputs, widthPx }) =>
    Promise.all(
      outputs.map(async ({ settings, path }) => {
        await writeFile(path, NOTHING);
        const sizes = { widthPx, heightPx: widthPx, sizeBytes: NOTHING.byteLength };
        return { format: settings.format, path, ...sizes, sha256: '0'.repeat(64) };
      }),
    ),
};

const noEncoders: EncoderPool = {
  run: (job, input) => JOBS[job](input),
  stats: () => ({ encoders: 0, busy: 0, waiting: 0, megapixels: 0, lost: 0, pids: [] }),
  [Symbol.asyncDispose]: async () => undefined,
};

const config = loadWorkerConfig(process.env);
installRuntime(openLog({ logLevel: 'error', logFormat: 'json' }));
const deps = { ...(await openActivityDeps(config)), encoders: noEncoders };
const tuning = { ...TUNING, ...(JSON.parse(process.env.BENCH_TUNING ?? '{}') as object) };
const connection = await NativeConnection.connect({
  address: config.temporalAddress,
  grpcCompression: { codec: tuning.compression },
});
const workers = await createWorkers({ ...config, tuning }, connection, deps);
const running = workers.map((worker) => worker.run());
process.send?.({ ready: true });
process.on('disconnect', () => process.exit(0));
await Promise.all(running);
