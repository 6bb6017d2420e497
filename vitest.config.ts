import { fileURLToPath } from 'node:url';
import { configDefaults, defineConfig } from 'vitest/config';

/** Needs an S3 server, which Go builds: in a pass of its own. */
const S3_TESTS = ['test/storage/s3.test.ts', 'test/s3/**/*.test.ts'];

/** Need Chromium, which is not everywhere: in a pass of their own. */
const BROWSER_TESTS = ['test/browser/**/*.test.ts'];

/** Look for what nobody thought of, for minutes: faults and files that chance has changed. */
const FAULT_TESTS = ['test/chaos/chaos.test.ts', 'test/imaging/fuzz.test.ts'];

/**
 * What asks the catalog itself, or the database beside it, and a workflow of each kind: the rest would
 * only say again on PostgreSQL what it has said on PGlite. `npm run rehearsal`, which is one of the
 * S3 tests, has all of it work together on PostgreSQL.
 */
const POSTGRES_TESTS = [
  // Of a login with a password.
  'test/secrets.test.ts',
  ...'bridge catalog client examples http notify open'
    .split(' ')
    .map((folder) => `test/${folder}/**/*.test.ts`),
  ...'backfill delete-image generate-image process-image requests sweep'
    .split(' ')
    .map((name) => `test/workflows/${name}.test.ts`),
];

/** Which tests a pass runs; scripts/test.js says which pass it is. */
const PASSES: Record<string, { include: string[]; exclude: string[] }> = {
  usual: {
    include: ['test/**/*.test.ts'],
    exclude: [...S3_TESTS, ...BROWSER_TESTS, ...FAULT_TESTS],
  },
  postgres: { include: POSTGRES_TESTS, exclude: ['test/http/admin/**'] },
  s3: { include: S3_TESTS, exclude: [] },
  browser: { include: BROWSER_TESTS, exclude: [] },
  faults: { include: FAULT_TESTS, exclude: [] },
  // Histories are recorded on purpose, when a workflow has got a new shape: see CONTRIBUTING.md.
  histories: { include: ['test/replay/record-histories.ts'], exclude: [] },
};

const name = process.env.RECORD_HISTORIES ? 'histories' : process.env.DARKROOM_TEST_PASS;
const pass = PASSES[name ?? 'usual'];
if (pass === undefined) throw new Error(`there is no pass ${name}`);

export default defineConfig({
  // Examples import the package by its name; one copy of it, or no error is of the class it should be.
  resolve: {
    alias: {
      darkroom: fileURLToPath(new URL('./src/client.ts', import.meta.url)),
      // As `create-next-app` names the folder of an application.
      '@/app': fileURLToPath(new URL('./examples/nextjs', import.meta.url)),
    },
  },
  test: {
    include: pass.include,
    exclude: [...configDefaults.exclude, ...pass.exclude],
    globalSetup: './test/support/global-setup.ts',
    // Own processes: Temporal's native core and encoder processes do not share one happily.
    pool: 'forks',
    // Workflow ids and queues are fixed names, so files that share the Temporal server take turns.
    fileParallelism: false,
    testTimeout: 60_000,
    hookTimeout: 120_000,
    // A second is little for a page that asks a server that asks Temporal, on a machine that is busy.
    expect: { poll: { timeout: 15_000 } },
  },
});
