import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it, onTestFinished, vi } from 'vitest';
import { withFewHandles } from '../support/handles.js';

const S3 = new URL('../../dist/storage/s3.js', import.meta.url).href;

it.runIf(process.platform === 'linux')(
  'a bucket that was asked for without handles answers when they are back',
  async () => {
    const server = createServer((_request, answer) => {
      answer.writeHead(200, { 'content-length': '5' }).end();
    }).listen(0, '127.0.0.1');
    onTestFinished(() => void server.close());
    await once(server, 'listening');
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'key');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'secret');
    onTestFinished(() => void vi.unstubAllEnvs());
    const location = {
      endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      ...{ bucket: 'b', prefix: '', forcePathStyle: true },
    };
    const lines = await withFewHandles(`
      import { openS3Storage } from '${S3}';
      const storage = openS3Storage(${JSON.stringify(location)});
      takeHandles();
      await storage.stat('key').catch(({ kind }) => console.log(kind));
      giveHandlesBack();
      console.log((await storage.stat('key')).sizeBytes);
      await storage[Symbol.asyncDispose]();`);
    expect(lines).toEqual(['StorageUnavailable', '5']);
  },
);
