import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { SmallDisk } from '../chaos/small-disk.js';
import { startHttp, type TestHttp } from '../support/http.js';
import { picture } from '../support/pictures.js';

let http: TestHttp;
let disk: SmallDisk | undefined;
beforeAll(async () => {
  http = await startHttp();
  disk = await SmallDisk.open();
});
afterAll(async () => {
  await disk?.[Symbol.asyncDispose]();
  await http[Symbol.asyncDispose]();
});

it('answers an upload that finds no room with 507, and takes it when there is some', async (context) => {
  if (disk === undefined) return context.skip('this system mounts nothing for us');
  // A disk of this kind that holds next to nothing cannot be made small.
  await writeFile(join(disk.folder, 'ballast'), Buffer.alloc(16_000_000));
  vi.stubEnv('TMPDIR', disk.folder);
  context.onTestFinished(() => void vi.unstubAllEnvs());
  const body = new Uint8Array(await picture({ widthPx: 300, heightPx: 200 }));
  const headers = { 'content-type': 'image/jpeg' };
  const upload = () => http.ask('/api/v1/images', { method: 'POST', as: 'alice', headers, body });

  expect(await disk.fill()).toBe(true);
  expect(await upload()).toMatchObject({ status: 507, body: { kind: 'StorageFull' } });
  await disk.empty();
  expect(await upload()).toMatchObject({ status: 201 });
});
