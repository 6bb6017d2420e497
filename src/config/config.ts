import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  buildId,
  folder,
  httpUrl,
  oneOf,
  postgresUrl,
  secret,
  storageLocation,
  text,
  wholeNumber,
  yesOrNo,
  type StorageLocation,
} from './parsers.js';
import { PROVIDER_VARIABLES, providerProblems } from './provider-variables.js';
import { GENERATION_VARIABLES, generationProblems } from './generation-variables.js';
import { HTTP_VARIABLES } from './http-variables.js';
import { NOTIFY_VARIABLES, notifyProblems } from './notify-variables.js';
import { RECIPE_VARIABLES } from './recipe-variables.js';
import { TEMPORAL_VARIABLES, temporalProblems } from './temporal-variables.js';
import {
  ConfigError,
  optional,
  readUsable,
  required,
  type Problem,
  type Values,
} from './variable.js';

/** Every variable that Darkroom reads; docs/configuration.md is generated from this list. */
export const VARIABLES = {
  databaseUrl: required('DATABASE_URL', 'PostgreSQL 16 or newer with pgvector', postgresUrl),
  ...TEMPORAL_VARIABLES,
  originalStorage: optional<StorageLocation | undefined>(
    'ORIGINAL_STORAGE',
    'where originals and previews live: a folder, s3://bucket/prefix (?region=, endpoint=, pathStyle=true), or module:/a/file.js of your own',
    storageLocation,
    { value: undefined, says: 'required by the worker and for uploads' },
  ),
  variantStorage: optional<StorageLocation | undefined>(
    'VARIANT_STORAGE',
    'where variants live, as for originals; backfills are refused without it',
    storageLocation,
    { value: undefined, says: 'not configured' },
  ),
  variantBaseUrl: optional(
    'VARIANT_BASE_URL',
    'what the public address of a variant starts with',
    text,
    { value: '', says: 'empty: addresses below the root of the site that shows them' },
  ),
  secret: optional<string | undefined>(
    'DARKROOM_SECRET',
    'makes variant addresses unguessable; changing it changes every address',
    secret,
    { value: undefined, says: 'required by the worker' },
  ),
  owner: optional('DARKROOM_OWNER', 'owner of what is imported without one', text, 'default'),
  ...RECIPE_VARIABLES,
  scratchDir: optional(
    'SCRATCH_DIR',
    'folder for working masters; workers of one machine may share it',
    folder,
    {
      value: join(tmpdir(), 'darkroom-scratch'),
      says: 'darkroom-scratch in the temporary folder',
    },
  ),
  encoders: optional(
    'ENCODERS',
    'encoder processes of a worker',
    wholeNumber({ min: 1, max: 256 }),
    { value: availableParallelism(), says: 'one a core' },
  ),
  maxMegapixels: optional(
    'MAX_MEGAPIXELS',
    'larger images are refused before they are decoded',
    wholeNumber({ min: 1, max: 1000 }),
    50,
  ),
  maxMegapixelsInFlight: optional(
    'MAX_MEGAPIXELS_IN_FLIGHT',
    'decoded at once by all encoders of a worker, which bounds its memory; a larger image is decoded alone',
    wholeNumber({ min: 1, max: 100_000 }),
    { value: 25 * availableParallelism(), says: '25 a core' },
  ),
  encoderMemoryMb: optional(
    'ENCODER_MEMORY_MB',
    'resident memory of one encoder process; one that takes more is killed, and its image fails. Raise it with MAX_MEGAPIXELS',
    wholeNumber({ min: 200, max: 1_000_000 }),
    2000,
  ),
  maxFileMb: optional(
    'MAX_FILE_MB',
    'larger files are refused before they are read',
    wholeNumber({ min: 1, max: 10_000 }),
    50,
  ),
  allowPrivateUrls: optional(
    'ALLOW_PRIVATE_URLS',
    'originals may also be at http: addresses, on other ports, and on this machine and its network (never at link-local or cloud metadata addresses)',
    yesOrNo,
    { value: false, says: '0: only public https: addresses' },
  ),
  sqlBridge: optional(
    'SQL_BRIDGE',
    'the worker starts what applications insert by SQL; any number of workers may do so',
    yesOrNo,
    { value: true, says: '1: it does' },
  ),
  shutdownGraceSeconds: optional(
    'SHUTDOWN_GRACE_SECONDS',
    'how long a stopping worker lets running steps finish',
    wholeNumber({ min: 0, max: 3600 }),
    20,
  ),
  shutdownForceSeconds: optional(
    'SHUTDOWN_FORCE_SECONDS',
    'after how long a stopping worker gives up; must exceed the grace',
    wholeNumber({ min: 1, max: 7200 }),
    40,
  ),
  workerBuildId: optional<string | undefined>(
    'WORKER_BUILD_ID',
    'the worker is this version of the deployment "darkroom", and gets work once Temporal is told so (docs/upgrading.md)',
    buildId,
    { value: undefined, says: 'none: a worker gets work as soon as it is there' },
  ),
  searchMinLikenessPercent: optional(
    'SEARCH_MIN_LIKENESS_PERCENT',
    "what a search finds by meaning must be at least so like the query, as the embedding provider's model sees it (the builtin one has a measured value of its own)",
    wholeNumber({ min: 0, max: 100 }),
    30,
  ),
  logLevel: optional(
    'LOG_LEVEL',
    'how much the worker logs',
    oneOf(['debug', 'info', 'warn', 'error']),
    'info',
  ),
  logFormat: optional<'json' | 'pretty' | undefined>(
    'LOG_FORMAT',
    'one JSON object a line, or lines for people',
    oneOf(['json', 'pretty']),
    { value: undefined, says: 'pretty on a terminal, otherwise json' },
  ),
  metricsPort: optional<number | undefined>(
    'METRICS_PORT',
    "port of the worker's own /metrics and /healthz; the server has both on its port anyway",
    wholeNumber({ min: 1, max: 65_535 }),
    { value: undefined, says: 'off' },
  ),
  metricsHost: optional(
    'METRICS_HOST',
    'address that METRICS_PORT listens on; 0.0.0.0 for a scraper on another machine',
    text,
    '127.0.0.1',
  ),
  metricsToken: optional<string | undefined>(
    'METRICS_TOKEN',
    'when set, /metrics wants it as a bearer token',
    secret,
    { value: undefined, says: 'none: everybody who reaches /metrics may read it' },
  ),
  otlpEndpoint: optional<string | undefined>(
    'OTEL_EXPORTER_OTLP_ENDPOINT',
    'collector that traces are sent to by OTLP over HTTP, as in http://127.0.0.1:4318; the other OTEL_EXPORTER_OTLP_ variables hold too',
    httpUrl,
    { value: undefined, says: 'no traces' },
  ),
  ...NOTIFY_VARIABLES,
  ...PROVIDER_VARIABLES,
  ...GENERATION_VARIABLES,
  ...HTTP_VARIABLES,
} as const;

/** What only a worker cannot do without. */
const WORKER_VARIABLES = {
  ...VARIABLES,
  originalStorage: required(
    VARIABLES.originalStorage.name,
    VARIABLES.originalStorage.doc,
    storageLocation,
  ),
  secret: required(VARIABLES.secret.name, VARIABLES.secret.doc, secret),
} as const;

export type Config = Values<typeof VARIABLES>;
export type WorkerConfig = Values<typeof WORKER_VARIABLES>;

/** @throws ConfigError that lists every problem of the environment. */
export function loadConfig(env: NodeJS.ProcessEnv): Config {
  return together(readUsable(VARIABLES, env));
}

/** @throws ConfigError that lists every problem of the environment. */
export function loadWorkerConfig(env: NodeJS.ProcessEnv): WorkerConfig {
  return together(readUsable(WORKER_VARIABLES, env), (config) => [
    ...shutdownProblems(config),
    ...notifyProblems(config),
  ]);
}

/**
 * Everything in one go: what variables that can be used mean beside each other is looked at although
 * others cannot be.
 * @param more what is a problem for this process alone
 */
function together<T extends Config>(
  { values, problems }: { values: T; problems: Problem<PropertyKey>[] },
  more: (config: T) => string[] = () => [],
): T {
  const beside = [
    ...temporalProblems(values),
    ...providerProblems(values),
    ...generationProblems(values),
    ...more(values),
  ].filter((words) => !problems.some(({ name }) => words.includes(name)));
  const all = [...problems.map(({ says }) => says), ...beside];
  if (all.length > 0) throw new ConfigError(all);
  return values;
}

function shutdownProblems({ shutdownGraceSeconds, shutdownForceSeconds }: Config): string[] {
  if (shutdownForceSeconds > shutdownGraceSeconds) return [];
  return [
    `SHUTDOWN_FORCE_SECONDS must exceed SHUTDOWN_GRACE_SECONDS, ` +
      `which is ${shutdownGraceSeconds}, and is ${shutdownForceSeconds}`,
  ];
}
