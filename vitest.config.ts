import { fileURLToPath } from 'node:url';
import { configDefaults, defineConfig } from 'vitest/config';

/** Needs an S3 server, which Go builds: in a pass of its own. */
const S3_TESTS = ['test/storage/s3.test.ts', 'test/s3/**/*.test.ts'];

/** Need Chromium, which is not everywhere: in a pass of their own. */
const BROWSER_TESTS = ['test/browser/**/*.test.ts'];

/**
 * Folders in which nothing asks a catalog, or (test/dev) where PGlite itself is the subject: on
 * PostgreSQL they would only say again what they said on PGlite. Folders not named here run twice.
 */
const WITHOUT_A_DATABASE =
  'chaos deploy dev lint domain imaging config embedding metadata net storage replay'
    .split(' ')
    .map((folder) => `test/${folder}/**`);

/** Which tests a pass runs; scripts/test.js says which pass it is. */
const PASSES: Record<string, { include: string[]; exclude: string[] }> = {
  usual: { include: ['test/**/*.test.ts'], exclude: [...S3_TESTS, ...BROWSER_TESTS] },
  postgres: {
    include: ['test/**/*.test.ts'],
    exclude: [...WITHOUT_A_DATABASE, ...S3_TESTS, ...BROWSER_TESTS],
  },
  s3: { include: S3_TESTS, exclude: [] },
  browser: { include: BROWSER_TESTS, exclude: [] },
  // Histories are recorded on purpose, when a workflow has got a new shape: see CONTRIBUTING.md.
  histories: { include: ['test/replay/record-histories.ts'], exclude: [] },
};

const name = process.env.RECORD_HISTORIES ? 'histories' : process.env.DARKROOM_TEST_PASS;
const pass = PASSES[name ?? 'usual'];
if (pass === undefined) throw new Error(`there is no pass ${name}`);

export default defineConfig({
  // Examples import the package by its name; one copy of it, or no error is of the class it should be.
  resolve: { alias: { darkroom: fileURLToPath(new URL('./src/client.ts', import.meta.url)) } },
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
