import { S3 } from '@aws-sdk/client-s3';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { picture } from '../support/pictures.js';
import { startPipeline, type Pipeline } from '../support/pipeline.js';
import { S3_CREDENTIALS } from '../support/s3-server.js';

describe('the pipeline on S3', () => {
  let s3: S3;
  let pipeline: Pipeline;

  beforeAll(() => {
    vi.stubEnv('AWS_ACCESS_KEY_ID', S3_CREDENTIALS.accessKeyId);
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', S3_CREDENTIALS.secretAccessKey);
    s3 = new S3({ endpoint: inject('s3Endpoint'), region: 'us-east-1', forcePathStyle: true });
  });
  afterAll(() => {
    s3.destroy();
    vi.unstubAllEnvs();
  });
  afterEach(() => pipeline[Symbol.asyncDispose]());

  /** A bucket of its own, as the configuration names it. */
  async function bucket(name: string): Promise<string> {
    await s3.createBucket({ Bucket: name });
    return `s3://${name}/darkroom?endpoint=${inject('s3Endpoint')}&pathStyle=true`;
  }

  async function keysIn(name: string): Promise<string[]> {
    const { Contents = [] } = await s3.listObjectsV2({ Bucket: name });
    return Contents.map(({ Key = '' }) => Key);
  }

  it('makes an upload ready with originals and variants in different stores', async () => {
    pipeline = await startPipeline({
      env: {
        ORIGINAL_STORAGE: await bucket('originals'),
        VARIANT_STORAGE: await bucket('variants'),
      },
    });
    const body = await picture({ format: 'jpeg', widthPx: 1200, heightPx: 800 });
    const { id } = await pipeline.darkroom.upload({ ownerId: 'ann', fileName: 'a.jpg', body });
    const completed = async () => (await pipeline.darkroom.image(id))?.status === 'completed';
    await vi.waitUntil(completed, { timeout: 30_000 });

    const view = await pipeline.darkroom.image(id);
    const variants = view?.variants.map(({ key }) => `darkroom/${key}`) ?? [];
    expect((await keysIn('variants')).sort()).toEqual(variants.sort());
    expect(variants.length).toBe(6);
    const originals = await keysIn('originals');
    expect(originals.filter((key) => key.startsWith('darkroom/originals/'))).toHaveLength(1);
    expect(originals).toContain(`darkroom/previews/${id}.jpg`);
  });
});
