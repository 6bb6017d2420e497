import { availableParallelism } from 'node:os';
import { describe, expect, it } from 'vitest';
import { loadConfig, loadWorkerConfig, VARIABLES } from '../../src/config/config.js';
import { ConfigError, type Variable } from '../../src/config/variable.js';

const COMPLETE = {
  DATABASE_URL: 'postgres://localhost/darkroom',
  ORIGINAL_STORAGE: '/srv/originals',
  DARKROOM_SECRET: '0123456789abcdef',
};

function problemsOf(env: Record<string, string>, load = loadConfig): readonly string[] {
  try {
    load(env);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}

describe('loadConfig', () => {
  it('needs the database only and has a default for everything else', () => {
    expect(loadConfig({ DATABASE_URL: COMPLETE.DATABASE_URL })).toMatchObject({
      databaseUrl: 'postgres://localhost/darkroom',
      temporalAddress: '127.0.0.1:7233',
      originalStorage: undefined,
      variantStorage: undefined,
      variantBaseUrl: '',
      secret: undefined,
      encoders: availableParallelism(),
      logLevel: 'info',
    });
  });

  it('reports all problems at once, one a line', () => {
    const env = { ...COMPLETE, DATABASE_URL: '', ENCODERS: 'many', LOG_LEVEL: 'loud' };
    expect(() => loadConfig(env)).toThrow(
      [
        'Cannot start:',
        '- DATABASE_URL is required: PostgreSQL 16 or newer with pgvector',
        '- ENCODERS must be a whole number from 1 to 256, not "many"',
        '- LOG_LEVEL must be one of debug, info, warn, error, not "loud"',
      ].join('\n'),
    );
  });

  it('reports what is wrong between those that can be used in the same go', () => {
    const env = {
      ...{ ...COMPLETE, DARKROOM_SECRET: '', ENCODERS: 'many' },
      ...{ METADATA_PROVIDER: 'openai', TEMPORAL_TLS: '0', TEMPORAL_API_KEY: 'a-key' },
      ...{ SHUTDOWN_GRACE_SECONDS: '30', SHUTDOWN_FORCE_SECONDS: '20' },
      ADMIN_WEBHOOK_URL: 'https://example.com/hook',
    };
    expect(problemsOf(env, loadWorkerConfig)).toEqual([
      expect.stringMatching(/^DARKROOM_SECRET is required/),
      expect.stringMatching(/^ENCODERS must be/),
      expect.stringMatching(/^TEMPORAL_TLS must not be 0 with TEMPORAL_API_KEY/),
      expect.stringMatching(/^OPENAI_API_KEY is required/),
      expect.stringMatching(/^SHUTDOWN_FORCE_SECONDS must exceed/),
      expect.stringMatching(/^ADMIN_WEBHOOK_SECRET is required/),
    ]);
  });

  it('says nothing twice of one that cannot be used', () => {
    const env = { ...COMPLETE, METADATA_PROVIDER: 'openai', OPENAI_API_KEY: 'two words' };
    expect(problemsOf(env)).toEqual([expect.stringMatching(/^OPENAI_API_KEY must/)]);
  });

  it('counts an empty text as not set', () => {
    expect(loadConfig({ ...COMPLETE, ENCODERS: '', VARIANT_STORAGE: '' })).toMatchObject({
      encoders: availableParallelism(),
      variantStorage: undefined,
    });
    expect(problemsOf({ ...COMPLETE, DATABASE_URL: '' })).toHaveLength(1);
  });

  it('cannot be changed afterwards', () => {
    expect(Object.isFrozen(loadConfig(COMPLETE))).toBe(true);
  });

  it('reads a store from a folder or a file: URL', () => {
    const env = { ...COMPLETE, VARIANT_STORAGE: 'file:///srv/with%20space' };
    expect(loadConfig(env).variantStorage).toEqual({
      kind: 'filesystem',
      folder: '/srv/with space',
    });
  });

  it.each([
    ['s3://my-bucket', { bucket: 'my-bucket', prefix: '' }],
    ['s3://my-bucket/', { bucket: 'my-bucket', prefix: '' }],
    ['s3://b.1/a/our%20images/', { bucket: 'b.1', prefix: 'a/our images' }],
    [
      's3://b-1/a?region=eu-central-1&endpoint=http://127.0.0.1:7070&pathStyle=true',
      {
        bucket: 'b-1',
        prefix: 'a',
        region: 'eu-central-1',
        endpoint: 'http://127.0.0.1:7070',
        forcePathStyle: true,
      },
    ],
    [
      's3://b-1?endpoint=https://x.example/storage/v1/s3&pathStyle=false',
      {
        bucket: 'b-1',
        prefix: '',
        endpoint: 'https://x.example/storage/v1/s3',
        forcePathStyle: false,
      },
    ],
  ])('reads a store from %s', (value, location) => {
    const { originalStorage } = loadConfig({ ...COMPLETE, ORIGINAL_STORAGE: value });
    expect(originalStorage).toEqual({ kind: 's3', ...location });
  });

  it.each([
    ['s3://', 'must name a bucket, as in s3://my-bucket/a/prefix, not "s3://"'],
    ['s3://My_Bucket', 'must name a bucket, as in s3://my-bucket/a/prefix, not "s3://My_Bucket"'],
    ['s3://b-1/a//b', 'must have a prefix without empty parts, dots and backslashes, not "a//b"'],
    ['s3://b-1/../b', 'must have a prefix without empty parts, dots and backslashes, not "../b"'],
    ['s3://b-1/100%', 'must have a prefix in which a percent sign is written as %25, not "/100%"'],
    ['s3://b-1/a#b', 'must not hold a #: in a prefix it is written as %23'],
    ['s3://b-1?acl=public', 'must have no settings but region, endpoint and pathStyle, not "acl"'],
    ['s3://b-1?pathStyle=yes', 'must have a pathStyle of true or false, not "yes"'],
    [
      's3://b-1?endpoint=127.0.0.1:7070',
      'must have an endpoint that starts with http:// or https:// and holds no credentials',
    ],
    [
      's3://b-1?endpoint=http://key:hunter2@x',
      'must have an endpoint that starts with http:// or https:// and holds no credentials',
    ],
    [
      's3://key:hunter2@b-1',
      'must not hold credentials: they come from AWS_ACCESS_KEY_ID, a profile or a role',
    ],
  ])('says what is wrong with a store at %s', (value, words) => {
    const problems = problemsOf({ ...COMPLETE, VARIANT_STORAGE: value });
    expect(problems).toEqual([`VARIANT_STORAGE ${words}`]);
  });

  it.each([
    ['DATABASE_URL', 'mysql://x', 'must start with postgres://'],
    ['TEMPORAL_ADDRESS', 'localhost', 'must be host:port, not "localhost"'],
    ['TEMPORAL_ADDRESS', 'http://a:7233', 'must be host:port, not "http://a:7233"'],
    [
      'ORIGINAL_STORAGE',
      'images',
      'must be an absolute folder, a file:// or an s3:// URL, or module:/a/file.js, not "images"',
    ],
    [
      'VARIANT_STORAGE',
      'file://host/images',
      'must name a folder of this machine, as in file:///srv/images, not "file://host/images"',
    ],
    ['DARKROOM_SECRET', 'short', 'must have at least 16 characters (try: openssl rand -hex 32)'],
    ['ENCODERS', '0', 'must be a whole number from 1 to 256, not "0"'],
    ['ENCODERS', '1.5', 'must be a whole number from 1 to 256, not "1.5"'],
    ['ENCODERS', '1e2', 'must be a whole number from 1 to 256, not "1e2"'],
    ['MAX_MEGAPIXELS', '-1', 'must be a whole number from 1 to 1000, not "-1"'],
    ['LOG_LEVEL', 'INFO', 'must be one of debug, info, warn, error, not "INFO"'],
    ['LOG_FORMAT', 'text', 'must be one of json, pretty, not "text"'],
    ['METRICS_PORT', '0', 'must be a whole number from 1 to 65535, not "0"'],
    ['METRICS_TOKEN', 'short', 'must have at least 16 characters (try: openssl rand -hex 32)'],
    [
      'OTEL_EXPORTER_OTLP_ENDPOINT',
      'http://me:secret@collector',
      'must be an http:// or https:// address without credentials',
    ],
  ])('says what is wrong with %s=%s', (name, value, words) => {
    expect(problemsOf({ ...COMPLETE, [name]: value })).toEqual([`${name} ${words}`]);
  });

  it('says that a worker would be ended before its grace is over', () => {
    const env = { ...COMPLETE, SHUTDOWN_GRACE_SECONDS: '60' };
    expect(problemsOf(env, loadWorkerConfig)).toEqual([
      'SHUTDOWN_FORCE_SECONDS must exceed SHUTDOWN_GRACE_SECONDS, which is 60, and is 40',
    ]);
    const longer = { ...env, SHUTDOWN_FORCE_SECONDS: '61' };
    expect(problemsOf(longer, loadWorkerConfig)).toEqual([]);
    // A server has no force.
    expect(problemsOf(env)).toEqual([]);
  });

  it('never repeats a secret or a database password in its words', () => {
    const env = { ...COMPLETE, DATABASE_URL: 'pg://user:hunter2@x', DARKROOM_SECRET: 'hunter2' };
    expect(problemsOf(env).join()).not.toContain('hunter2');
  });
});

describe('loadWorkerConfig', () => {
  it('reads the same, and cannot do without originals and a secret', () => {
    expect(loadWorkerConfig(COMPLETE)).toEqual(loadConfig(COMPLETE));
    const problems = problemsOf({ DATABASE_URL: COMPLETE.DATABASE_URL }, loadWorkerConfig);
    expect(problems.map((problem) => problem.replace(/:.*/, ''))).toEqual([
      'ORIGINAL_STORAGE is required',
      'DARKROOM_SECRET is required',
    ]);
  });
});

describe('the list of variables', () => {
  const variables: Variable<unknown>[] = Object.values(VARIABLES);

  it('has a name of its own, a line of documentation and words for the default of each', () => {
    expect(new Set(variables.map((variable) => variable.name)).size).toBe(variables.length);
    for (const { name, doc, fallback } of variables) {
      expect(name).toMatch(/^[A-Z][A-Z0-9_]*$/);
      expect(doc).not.toBe('');
      if (fallback !== undefined) expect(fallback.says).not.toBe('');
    }
  });
});
