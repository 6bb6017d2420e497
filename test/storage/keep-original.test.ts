import { readdirSync } from 'node:fs';
import { utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import { removeLeftUploads } from '../../src/storage/keep-original.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const HOUR_MS = 3_600_000;

it('uploads that a killed process left are removed a day later, and nothing else is', async () => {
  const folder = temporaryFolder();
  vi.stubEnv('TMPDIR', folder);
  onTestFinished(() => void vi.unstubAllEnvs());
  for (const [name, hours] of [
    ['darkroom-upload-old', 25],
    ['darkroom-upload-running', 23],
    ['of-another-program', 25],
  ] as const) {
    const then = new Date(Date.now() - hours * HOUR_MS);
    await writeFile(join(folder, name), 'bytes');
    await utimes(join(folder, name), then, then);
  }
  await removeLeftUploads();
  expect(readdirSync(folder).sort()).toEqual(['darkroom-upload-running', 'of-another-program']);
});
