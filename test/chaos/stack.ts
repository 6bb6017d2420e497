import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { S3 } from '@aws-sdk/client-s3';
import { storageLocation } from '../../src/config/parsers.js';
import { compiled } from '../../src/dev/compiled.js';
import { startDatabase } from '../../src/dev/database.js';
import { startFakeOpenAi, fakeSettings } from '../../src/dev/fake-openai.js';
import { fakeReplicateSettings, startFakeReplicate } from '../../src/dev/fake-replicate.js';
import { freePort } from '../../src/dev/ports.js';
import { openStack } from '../../src/dev/stack.js';
import { findTemporalBinary } from '../../src/dev/temporal-binary.js';
import { startTemporal } from '../../src/dev/temporal-server.js';
import { openStorage, type OpenedStorage } from '../../src/storage/open-storage.js';
import { preparePostgres } from '../support/postgres-server.js';
import { S3_CREDENTIALS, startS3Server } from '../support/s3-server.js';
import { openProxy } from '../support/tampering-proxy.js';
import type { Evidence } from './evidence.js';
import { KeptServer } from './kept-server.js';
import { KeptWorker } from './kept-worker.js';
import { Parts } from './parts.js';
import { SmallDisk } from './small-disk.js';
import type { Traffic } from './traffic.js';

const WORKER = fileURLToPath(new URL('./chaos-worker.ts', import.meta.url));
/** Of one installation, so that the run without faults makes the same keys. */
const SECRET = 'a secret of chaos only';
const BUCKET = 'chaos';
const ENCODERS = 2;

export type Kind = 'embedded' | 'real';

export interface ChaosStack extends AsyncDisposable {
  /** For clients: no fault stands between them and the storage of the embedded stack. */
  env: Record<string, string>;
  temporal: KeptServer<AsyncDisposable & { pid: number }>;
  database: KeptServer<AsyncDisposable & { pid: number }>;
  databaseUrl: string;
  workers: KeptWorker[];
  /** Holds what is stored, and what workers work on; absent where nothing may be mounted. */
  disk?: SmallDisk;
  /** Encodes at once in each worker. */
  slots: number;
  /** The variants as they are, past every fault. */
  storage: OpenedStorage;
  /** What the provider of generations made and was paid for. */
  ledger: () => Evidence['ledger'];
}

export interface OpenChaosStack {
  kind: Kind;
  dataDir: string;
  workers: number;
  /** On a disk that can be full. */
  smallDisk?: boolean;
  traffic: Traffic;
  say: (line: string) => void;
}

interface OnDisk extends OpenChaosStack {
  /** For what is stored and worked on. */
  folder: string;
}

/** Servers that can be killed, and workers of which each has a scratch folder, as on two machines. */
export async function openChaosStack(options: OpenChaosStack): Promise<ChaosStack> {
  const { dataDir, say } = options;
  await mkdir(join(dataDir, 'logs'), { recursive: true });
  await using parts = new Parts();
  const binary = await findTemporalBinary({ say });
  const ports = { server: await freePort(), ui: await freePort() };
  const temporal = parts.use(
    await KeptServer.open((onSpawn) => startTemporal({ binary, dataDir, ports, say, onSpawn })),
  );
  const database = await openDatabase(options, parts);
  const disk = options.smallDisk ? await SmallDisk.open() : undefined;
  if (disk) parts.use(disk);
  if (options.smallDisk && !disk) say('nothing may be mounted here: no disk will be full');
  const onDisk: OnDisk = { ...options, folder: disk?.folder ?? dataDir };
  const storage = await openStores(onDisk, parts);
  const provider = await openProviders(options, parts);
  const settings = {
    ...{ PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '' },
    ...{ ...storage.env, ...provider.env },
    ...{ DARKROOM_SECRET: SECRET, ENCODERS: `${ENCODERS}`, LOG_FORMAT: 'json' },
    TEMPORAL_ADDRESS: temporal.first.address,
    DATABASE_URL: database.first.url,
  };
  const stack = parts.use(await openStack({ dataDir, env: settings, worker: false, say }));
  const env = { ...settings, ...stack.env };
  const workers = Array.from({ length: options.workers }, (_, index) =>
    parts.use(openWorker(onDisk, env, index)),
  );
  await Promise.all(workers.map((worker) => worker.whenReady()));
  const held = parts.move();
  return {
    ...{ env, temporal, database, workers, slots: ENCODERS, storage: storage.direct },
    ...(disk && { disk }),
    ledger: provider.ledger,
    databaseUrl: database.first.url,
    [Symbol.asyncDispose]: () => held[Symbol.asyncDispose](),
  };
}

async function openDatabase(
  { kind, dataDir, say }: OpenChaosStack,
  parts: Parts,
): Promise<KeptServer<AsyncDisposable & { pid: number; url: string }>> {
  const port = await freePort();
  if (kind === 'embedded') {
    return parts.use(
      await KeptServer.open((onSpawn) => startDatabase({ dataDir, port, say, onSpawn })),
    );
  }
  const data = parts.use(await preparePostgres(say, { durable: true }));
  return parts.use(await KeptServer.open((onSpawn) => data.start(port, onSpawn)));
}

/** Where the client and the workers keep their objects, and the way to them past every fault. */
async function openStores(
  { kind, folder: onDisk, traffic, say }: OnDisk,
  parts: Parts,
): Promise<{ env: Record<string, string>; direct: OpenedStorage }> {
  const folder = join(onDisk, 'storage');
  await mkdir(folder, { recursive: true });
  if (kind === 'embedded') {
    const url = pathToFileURL(folder).href;
    return {
      env: { ORIGINAL_STORAGE: url, VARIANT_STORAGE: url },
      direct: parts.use(openStorage({ kind: 'filesystem', folder })),
    };
  }
  const server = parts.use(await startS3Server(say, folder));
  const credentials = {
    AWS_ACCESS_KEY_ID: S3_CREDENTIALS.accessKeyId,
    AWS_SECRET_ACCESS_KEY: S3_CREDENTIALS.secretAccessKey,
  };
  Object.assign(process.env, credentials);
  const s3 = new S3({ endpoint: server.endpoint, region: 'us-east-1', forcePathStyle: true });
  await s3.createBucket({ Bucket: BUCKET });
  s3.destroy();
  const proxy = parts.use(await openProxy(server.endpoint, (line) => traffic.toS3(line)));
  const urlOf = (endpoint: string) => `s3://${BUCKET}?endpoint=${endpoint}&pathStyle=true`;
  const url = urlOf(proxy.endpoint);
  return {
    env: { ...credentials, ORIGINAL_STORAGE: url, VARIANT_STORAGE: url },
    direct: parts.use(openStorage(storageLocation(urlOf(server.endpoint)))),
  };
}

/** Both providers behind one proxy each; what goes wrong there looks as if they themselves failed. */
async function openProviders(
  { traffic }: OpenChaosStack,
  parts: Parts,
): Promise<{ env: Record<string, string>; ledger: ChaosStack['ledger'] }> {
  const replicate = parts.use(await startFakeReplicate());
  replicate.always({ startMs: 300, runMs: 1_500 });
  const predictions = parts.use(
    await openProxy(new URL(replicate.baseUrl).origin, (line) => traffic.toProvider(line)),
  );
  const fake = parts.use(await startFakeOpenAi());
  const proxy = parts.use(
    await openProxy(new URL(fake.baseUrl).origin, (line) => traffic.toProvider(line)),
  );
  return {
    env: {
      ...fakeSettings({ baseUrl: `${proxy.endpoint}/v1` }),
      ...fakeReplicateSettings({ baseUrl: `${predictions.endpoint}/v1` }),
      // Their rates are another test's business.
      METADATA_CALLS_PER_MINUTE: '6000',
      EMBEDDING_CALLS_PER_MINUTE: '6000',
      GENERATION_CALLS_PER_MINUTE: '6000',
    },
    ledger: () =>
      replicate
        .ledger()
        .filter(({ billed }) => billed)
        .map(({ id, prompt }) => ({ prompt: String(prompt), predictionId: id })),
  };
}

function openWorker(
  { kind, dataDir, folder, traffic }: OnDisk,
  env: Record<string, string>,
  index: number,
): KeptWorker {
  const embedded = kind === 'embedded';
  return new KeptWorker({
    program: embedded ? WORKER : compiled('worker.js'),
    execArgv: embedded ? ['--import', 'tsx'] : [],
    env: { ...env, SCRATCH_DIR: join(folder, `scratch-${index}`) },
    logFile: join(dataDir, 'logs', `worker-${index}.log`),
    onMessage: (message, answer) => traffic.fromWorker(message, answer),
  });
}
