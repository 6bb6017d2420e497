import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: './test/support/global-setup.ts',
    // Own processes: Temporal's native core and encoder processes do not share one happily.
    pool: 'forks',
    // Two files at a time suit a machine with two cores; each may start servers and encoders itself.
    poolOptions: { forks: { minForks: 1, maxForks: 2 } },
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
