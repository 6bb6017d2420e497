import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  // Examples import the package by its name; one copy of it, or no error is of the class it should be.
  resolve: { alias: { darkroom: fileURLToPath(new URL('./src/client.ts', import.meta.url)) } },
  test: {
    // Histories are recorded on purpose, when a workflow has got a new shape: see CONTRIBUTING.md.
    include: process.env.RECORD_HISTORIES
      ? ['test/replay/record-histories.ts']
      : ['test/**/*.test.ts'],
    globalSetup: './test/support/global-setup.ts',
    // Own processes: Temporal's native core and encoder processes do not share one happily.
    pool: 'forks',
    // Workflow ids and queues are fixed names, so files that share the Temporal server take turns.
    fileParallelism: false,
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
