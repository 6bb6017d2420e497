import { execFile } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { S3 } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, inject, it, onTestFinished, vi } from 'vitest';
import { compiled } from '../../src/dev/compiled.js';
import { openS3Storage } from '../../src/storage/s3.js';
import type { Storage } from '../../src/storage/storage.js';
import { S3_CREDENTIALS } from '../support/s3-server.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { describeStorage, failureKind, keysOf, readText, stored } from './storage.contract.js';
import { openProxy, type Fate } from '../support/tampering-proxy.js';

const endpoint = inject('s3Endpoint');
/** Larger than what is held in memory, so it goes up as a stream. */
const LARGE_BYTES = 9_000_000;
let direct: S3;

/** The SDK's default chain finds these, whatever this machine's owner has set up. */
function useTestCredentials(): void {
  const variables = {
    AWS_ACCESS_KEY_ID: S3_CREDENTIALS.accessKeyId,
    AWS_SECRET_ACCESS_KEY: S3_CREDENTIALS.secretAccessKey,
    AWS_SESSION_TOKEN: undefined,
    AWS_PROFILE: undefined,
    AWS_REGION: undefined,
    AWS_ENDPOINT_URL: undefined,
    AWS_ENDPOINT_URL_S3: undefined,
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
  };
  for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value);
}

beforeAll(() => {
  useTestCredentials();
  direct = new S3({ endpoint, forcePathStyle: true, region: 'us-east-1' });
});
afterAll(() => {
  direct.destroy();
  vi.unstubAllEnvs();
});

interface Options {
  prefix?: string;
  bucket?: string;
  endpoint?: string;
  limits?: Parameters<typeof openS3Storage>[1];
}

async function newBucket(): Promise<string> {
  const bucket = `b-${randomUUID()}`;
  await direct.createBucket({ Bucket: bucket });
  return bucket;
}

async function open({ prefix = '', bucket, limits, ...at }: Options = {}) {
  const location = { prefix, bucket: bucket ?? (await newBucket()), forcePathStyle: true };
  const storage = openS3Storage({ endpoint, ...location, ...at }, limits);
  onTestFinished(() => storage[Symbol.asyncDispose]());
  return { ...location, storage };
}

/** A store whose requests meet their fate, and the same one without. */
async function openBehindProxy(
  fateOf: (line: string, index: number) => Fate,
  limits: Options['limits'] = {},
) {
  const proxy = await openProxy(endpoint, fateOf);
  onTestFinished(() => proxy[Symbol.asyncDispose]());
  const { bucket, storage: behind } = await open();
  const { storage } = await open({ bucket, endpoint: proxy.endpoint, limits });
  return { behind, bucket, proxy, storage };
}

/** The kind with which each method of the store fails; `stat` may find nothing instead. */
async function kindsOf(storage: Storage) {
  return {
    read: await failureKind(storage.read('k')),
    write: await failureKind(storage.write('k', stored('x'))),
    stat: await failureKind(storage.stat('k')),
    delete: await failureKind(storage.delete('k')),
    list: await failureKind(keysOf(storage)),
  };
}

const ALL_UNAVAILABLE = {
  read: 'StorageUnavailable',
  write: 'StorageUnavailable',
  stat: 'StorageUnavailable',
  delete: 'StorageUnavailable',
  list: 'StorageUnavailable',
};

describeStorage('an S3 bucket', async () => (await open()).storage);
describeStorage('a prefix of an S3 bucket', async () => {
  return (await open({ prefix: 'our images/50%' })).storage;
});

describe('storage in S3', () => {
  it('keeps to its prefix', async () => {
    const { bucket, storage: a } = await open({ prefix: 'a' });
    const { storage: ab } = await open({ bucket, prefix: 'ab' });
    await a.write('k', stored('of a'));
    await ab.write('k', stored('of ab'));
    expect([await readText(a, 'k'), await readText(ab, 'k')]).toEqual(['of a', 'of ab']);
    expect(await keysOf(a)).toEqual(['k']);
    expect(await keysOf((await open({ bucket })).storage)).toEqual(['a/k', 'ab/k']);
  });

  it('names itself by bucket and prefix', async () => {
    expect(openS3Storage({ bucket: 'b-1', prefix: '' }).name).toBe('s3://b-1');
    expect(openS3Storage({ bucket: 'b-1', prefix: 'a/b' }).name).toBe('s3://b-1/a/b');
  });

  it('stores the content type and has the store verify a SHA-256', async () => {
    const { bucket, storage } = await open();
    await storage.write('k', { ...stored('x'), contentType: 'image/avif' });
    const head = await direct.headObject({ Bucket: bucket, Key: 'k', ChecksumMode: 'ENABLED' });
    expect(head.ContentType).toBe('image/avif');
    expect(head.ChecksumSHA256).toBe('LXEWQrcmsEQBYnyp+6wy9chTD7GQPMTbAiWHF5IaSIE=');
  });

  it('stores a large file without holding it', async () => {
    const { storage } = await open();
    const path = join(temporaryFolder(), 'large');
    const bytes = randomBytes(LARGE_BYTES);
    await writeFile(path, bytes);
    const source = { from: { path }, sizeBytes: LARGE_BYTES, contentType: 'image/jpeg' };
    await storage.write('k', source);
    expect((await buffer(await storage.read('k'))).equals(bytes)).toBe(true);
    await expect(storage.write('k', { ...source, sizeBytes: LARGE_BYTES + 1 })).rejects.toThrow(
      `${LARGE_BYTES} bytes`,
    );
  });

  it('lists more objects than one page has, and no folders of consoles', async () => {
    const { bucket, storage } = await open({ limits: { pageKeys: 2 } });
    const keys = ['a', 'b', 'c', 'd', 'e'];
    for (const key of keys) await storage.write(key, stored(key));
    await direct.putObject({ Bucket: bucket, Key: 'folder/', ContentLength: 0 });
    expect(await keysOf(storage)).toEqual(keys);
  });

  it('does not blame the store for a source file that is missing', async () => {
    const { storage } = await open();
    const from = { path: join(temporaryFolder(), 'nowhere') };
    for (const sizeBytes of [1, LARGE_BYTES]) {
      const write = storage.write('k', { from, sizeBytes, contentType: 'text/plain' });
      await expect(write).rejects.toMatchObject({ code: 'ENOENT' });
    }
  });

  it('says how long an object may be kept, where its caller says so', async () => {
    const { bucket, storage } = await open();
    const cacheControl = 'public, max-age=31536000, immutable';
    await storage.write('kept', { ...stored('x'), cacheControl });
    await storage.write('plain', stored('x'));
    const said = async (Key: string) =>
      (await direct.headObject({ Bucket: bucket, Key })).CacheControl;
    expect([await said('kept'), await said('plain')]).toEqual([cacheControl, undefined]);
  });

  it('keeps to itself what the SDK has to say about versions of Node', async () => {
    const program = `
      const { openS3Storage } = await import(${JSON.stringify(pathToFileURL(compiled('storage/s3.js')))});
      const storage = openS3Storage({ bucket: 'b-1', prefix: '', endpoint: 'http://127.0.0.1:1' });
      await storage.stat('k').catch((error) => console.log(error.kind));
    `;
    const { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: _, ...env } = process.env;
    const args = ['--input-type=module', '--eval', program];
    const { stdout, stderr } = await promisify(execFile)(process.execPath, args, { env });
    expect({ stdout, stderr }).toEqual({ stdout: 'StorageUnavailable\n', stderr: '' });
  });

  it('lets go of its connections when it is disposed', async () => {
    const { proxy, storage } = await openBehindProxy(() => ({ kind: 'pass' }));
    await storage.stat('k');
    expect(await proxy.connections()).toBe(1);
    await storage[Symbol.asyncDispose]();
    await vi.waitUntil(async () => (await proxy.connections()) === 0);
  });
});

describe('storage in S3, when a request meets trouble', () => {
  const isGet = (line: string) => line.startsWith('GET');
  const isPut = (line: string) => line.startsWith('PUT');
  const pass: Fate = { kind: 'pass' };

  it('tries again what passes in a moment', async () => {
    const { behind, proxy, storage } = await openBehindProxy((_line, index) =>
      index < 2 ? { kind: 'answer', status: 503, code: 'SlowDown' } : pass,
    );
    await behind.write('k', stored('x'));
    expect(await readText(storage, 'k')).toBe('x');
    expect(proxy.requests).toHaveLength(3);
  });

  it.each([
    [500, 'InternalError'],
    [503, 'SlowDown'],
    [502, undefined],
  ])('gives up after three tries when the answer stays %i %s', async (status, code) => {
    const { proxy, storage } = await openBehindProxy(() => ({
      kind: 'answer',
      status,
      ...(code !== undefined && { code }),
    }));
    expect(await failureKind(storage.read('k'))).toBe('StorageUnavailable');
    expect(proxy.requests).toHaveLength(3);
  });

  it('fails when a body is cut off in the middle', async () => {
    const { behind, storage } = await openBehindProxy(() => ({ kind: 'cut', afterBytes: 1000 }));
    await behind.write('k', stored(randomBytes(100_000)));
    const body = buffer(await storage.read('k'));
    await expect(body).rejects.toThrow(/after 1000 of 100000 bytes/);
    expect(await failureKind(body)).toBe('StorageUnavailable');
  });

  it('fails when a body falls silent in the middle', async () => {
    const { behind, storage } = await openBehindProxy(() => ({ kind: 'stall', afterBytes: 1000 }), {
      silenceMs: 100,
    });
    await behind.write('k', stored(randomBytes(100_000)));
    const body = buffer(await storage.read('k'));
    await expect(body).rejects.toThrow('k: nothing came for 100 ms');
    expect(await failureKind(body)).toBe('StorageUnavailable');
  });

  it('fails when a body arrives with other bytes than were stored', async () => {
    const { behind, storage } = await openBehindProxy(() => ({ kind: 'flip' }));
    await behind.write('k', stored(randomBytes(1000)));
    await expect(buffer(await storage.read('k'))).rejects.toThrow(/Checksum mismatch/);
  });

  it('fails when no answer comes, and ends at once when it is aborted', async () => {
    const silent: Fate = { kind: 'silent' };
    const impatient = await openBehindProxy(() => silent, { answerMs: 50 });
    expect(await kindsOf(impatient.storage)).toEqual(ALL_UNAVAILABLE);

    const patient = await openBehindProxy(() => silent);
    for (const work of [
      (signal: AbortSignal) => patient.storage.read('k', { signal }),
      (signal: AbortSignal) => patient.storage.write('k', stored('x'), { signal }),
    ]) {
      const asked = patient.proxy.requests.length;
      const controller = new AbortController();
      const working = work(controller.signal);
      working.catch(() => undefined);
      await vi.waitUntil(() => patient.proxy.requests.length > asked);
      controller.abort(new Error('stop'));
      await expect(working).rejects.toThrow('stop');
    }
  });

  it('stores the same object when the answer to a PUT is lost and it is repeated', async () => {
    const { behind, proxy, storage } = await openBehindProxy((line, index) =>
      isPut(line) && index === 0 ? { kind: 'lose answer' } : pass,
    );
    const path = join(temporaryFolder(), 'small');
    await writeFile(path, 'x');
    await storage.write('k', { from: { path }, sizeBytes: 1, contentType: 'image/webp' });
    expect(proxy.requests.filter(isPut)).toHaveLength(2);
    expect(await readText(behind, 'k')).toBe('x');
    expect(await keysOf(behind)).toEqual(['k']);
  });

  it('leaves the repeating to its caller when the bytes were a stream', async () => {
    const { behind, storage } = await openBehindProxy((line, index) =>
      isPut(line) && index === 0 ? { kind: 'lose answer' } : pass,
    );
    const path = join(temporaryFolder(), 'large');
    const bytes = randomBytes(LARGE_BYTES);
    await writeFile(path, bytes);
    const source = { from: { path }, sizeBytes: LARGE_BYTES, contentType: 'image/jpeg' };
    expect(await failureKind(storage.write('k', source))).toBe('StorageUnavailable');
    await storage.write('k', source);
    expect((await buffer(await behind.read('k'))).equals(bytes)).toBe(true);
  });

  it('does not believe a store that only says it has stored', async () => {
    const { storage } = await openBehindProxy((line) =>
      isPut(line) ? { kind: 'answer', status: 200 } : pass,
    );
    expect(await failureKind(storage.write('k', stored('x')))).toBe('StorageUnavailable');
  });

  it('tells an object that may not be read from a store that may not be written', async () => {
    const { storage } = await openBehindProxy((line) =>
      isGet(line) || isPut(line) ? { kind: 'answer', status: 403, code: 'AccessDenied' } : pass,
    );
    expect(await failureKind(storage.read('k'))).toBe('OriginalUnreadable');
    const write = storage.write('k', stored('x'));
    await expect(write).rejects.toThrow(/AccessDenied while writing k in s3:.*: the words/);
    expect(await failureKind(write)).toBe('StorageUnavailable');
  });

  it('says that the store is full', async () => {
    const { storage } = await openBehindProxy(() => ({
      kind: 'answer',
      status: 403,
      code: 'QuotaExceeded',
    }));
    expect(await failureKind(storage.write('k', stored('x')))).toBe('StorageFull');
  });
});

describe('storage in S3, when it is not there', () => {
  it('blames wrong credentials on the store and never on an object', async () => {
    const { bucket, storage: good } = await open();
    await good.write('k', stored('x'));
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'a wrong one');
    onTestFinished(useTestCredentials);
    const { storage } = await open({ bucket });
    expect(await kindsOf(storage)).toEqual(ALL_UNAVAILABLE);
    await expect(storage.read('k')).rejects.toThrow(/SignatureDoesNotMatch while reading k/);
  });

  it('says what to set when there are no credentials', async () => {
    vi.stubEnv('AWS_ACCESS_KEY_ID', undefined);
    onTestFinished(useTestCredentials);
    const { storage } = await open({ bucket: 'any-bucket' });
    const read = storage.read('k');
    await expect(read).rejects.toThrow(/AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY/);
    expect(await failureKind(read)).toBe('StorageUnavailable');
  });

  it('says what to set when there is no region', async () => {
    const storage = openS3Storage({ bucket: 'any-bucket', prefix: '' });
    onTestFinished(() => storage[Symbol.asyncDispose]());
    const read = storage.read('k');
    await expect(read).rejects.toThrow(/set AWS_REGION or add \?region= to the location/);
    expect(await failureKind(read)).toBe('StorageUnavailable');
  });

  it('says that the bucket is missing', async () => {
    const { storage } = await open({ bucket: 'not-there' });
    // A HEAD has no words, so stat cannot tell a missing bucket from a missing object.
    const gone = 'StorageGone';
    const kinds = { read: gone, write: gone, stat: undefined, delete: gone, list: gone };
    expect(await kindsOf(storage)).toEqual(kinds);
    await expect(storage.read('k')).rejects.toThrow(/NoSuchBucket while reading k in s3:\/\/not/);
  });

  it('says that the server is gone, and works again when it is back', async () => {
    const { behind, proxy, storage } = await openBehindProxy(() => ({ kind: 'pass' }));
    await behind.write('k', stored('x'));
    expect(await readText(storage, 'k')).toBe('x');
    const reopen = await proxy.close();
    expect(await kindsOf(storage)).toEqual(ALL_UNAVAILABLE);
    await expect(storage.read('k')).rejects.toThrow(/ECONNREFUSED while reading k/);
    await reopen();
    expect(await readText(storage, 'k')).toBe('x');
  });
});
