import { writeFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../support/temporary-folder.js';
import { darkroom, jsonOf } from './darkroom-program.js';

const SECRET = 'a secret of tests only';
let cwd: string;

beforeEach(() => {
  cwd = temporaryFolder();
});

describe('darkroom refuses with one line and exit code 2', () => {
  it.for<[string, string]>([
    ['images --nope', "error: unknown option '--nope' (add --help for what there is)"],
    [
      'imags',
      "error: unknown command 'imags' (Did you mean images?) (add --help for what there is)",
    ],
    ['backfill strat', "error: unknown command 'strat'"],
    ['show', "error: missing required argument 'image-id'"],
    ['images --limit many', "option '--limit <n>' argument 'many' is invalid."],
    ['images --status broken', 'Allowed choices are pending, processing, completed, failed.'],
    ['backfill start --scope nonsense', 'Allowed choices are missing, stale, failed, all.'],
    ['backfill start --concurrency 0', 'It must be a whole number above 0.'],
    ['backfill start --steps variants,magic', '"magic" is no step'],
    ['demo --photos missing', '--photos missing: there is no such folder.'],
    ['demo --photos a-file', '--photos a-file: it is not a folder.'],
  ])('%s', async ([line, words]) => {
    writeFileSync(join(cwd, 'a-file'), '');
    const ended = await darkroom(line.split(' '), { cwd });
    expect(ended).toMatchObject({ code: 2, stdout: '' });
    expect(ended.stderr).toContain(words);
    expect(ended.stderr.trimEnd().split('\n')).toHaveLength(1);
    await expect(readdir(cwd)).resolves.toEqual(['a-file']);
  });

  it('also as JSON on stdout, for programs', async () => {
    const ended = await darkroom(['backfill', 'start', '--concurrency', '0', '--json'], { cwd });
    expect(ended.code).toBe(2);
    expect(jsonOf(ended)).toMatchObject({ error: { kind: 'InvalidInput' } });
  });
});

describe('darkroom without a stack', () => {
  it.for(['images', 'migrate', 'backfill runs', 'import .'])(
    'says on "%s" how to get one, with exit code 2',
    async (line) => {
      const ended = await darkroom(line.split(' '), { cwd });
      expect(ended).toEqual({
        code: 2,
        stdout: '',
        stderr: [
          'Cannot start:',
          '- DATABASE_URL is required: PostgreSQL 16 or newer with pgvector',
          `- no stack runs on ${join(cwd, '.darkroom')} to take them from: ` +
            'start one with "darkroom dev", or name the folder of one that runs with --data',
          '',
        ].join('\n'),
      });
      await expect(readdir(cwd)).resolves.toEqual([]);
    },
  );

  it('names the folder that --data gave', async () => {
    const { stderr } = await darkroom(['images', '--data', 'elsewhere'], { cwd });
    expect(stderr).toContain(`no stack runs on ${join(cwd, 'elsewhere')} `);
  });

  it('says everything that a worker lacks', async () => {
    const ended = await darkroom(['worker'], { cwd });
    expect(ended.code).toBe(2);
    for (const name of ['DATABASE_URL', 'ORIGINAL_STORAGE', 'DARKROOM_SECRET']) {
      expect(ended.stderr).toContain(`- ${name} is required`);
    }
    expect(ended.stderr).not.toMatch(/^ {4}at /m);
  });
});

describe('darkroom with values in the environment that cannot be', () => {
  const bad = {
    DATABASE_URL: 'mysql://localhost/x',
    TEMPORAL_ADDRESS: 'localhost',
    MAX_MEGAPIXELS: 'many',
    VARIANT_STORAGE: 'relative/folder',
  };
  const problems = [
    '- DATABASE_URL must start with postgres://',
    '- TEMPORAL_ADDRESS must be host:port, not "localhost"',
    '- VARIANT_STORAGE must be an absolute folder, a file:// or an s3:// URL, or module:/a/file.js, not "relative/folder"',
    '- MAX_MEGAPIXELS must be a whole number from 1 to 1000, not "many"',
  ];

  // The last two start servers, and must not before they know that it is worth it.
  it.for(['images', 'backfill start', 'worker', 'demo --once', 'dev'])(
    'names all of them at once on "%s", with exit code 2',
    async (line) => {
      const env = { ...bad, DARKROOM_SECRET: SECRET, ORIGINAL_STORAGE: cwd };
      const ended = await darkroom(line.split(' '), { cwd, env });
      expect(ended).toEqual({
        code: 2,
        stdout: '',
        stderr: ['Cannot start:', ...problems, ''].join('\n'),
      });
      await expect(readdir(cwd)).resolves.toEqual([]);
    },
  );

  it('says the same as JSON', async () => {
    const ended = await darkroom(['images', '--json'], { cwd, env: bad });
    expect(jsonOf(ended)).toEqual({
      error: { kind: 'InvalidInput', message: ['Cannot start:', ...problems].join('\n') },
    });
  });
});
