import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { HOSTILE_FILES } from '../support/hostile/index.js';
import { startHttp, type TestHttp } from '../support/http.js';
import { picture } from '../support/pictures.js';

/** One of each way that hurts another part: what reads, what inflates, what decodes, what looks. */
const UPLOADED = [
  'a PNG that says it is two thousand million pixels wide and high',
  'a PNG of 100,000 pixels square with all of its pixels',
  'a PNG with an EXIF block of 20 MB in which every entry claims all of it',
  'a progressive JPEG of 65,500 pixels in 883 scans',
  'a WebP of 40 bytes that is 16,383 pixels square',
  'an AVIF grid of 60,000 pixels square',
  'a GIF of 10,000 frames',
  'a TIFF whose directory follows itself',
  'a HEIC that says it has as many pixels as are allowed',
  'an SVG that is compressed',
  'an SVG behind blanks',
];
const FILES = HOSTILE_FILES.filter(({ name }) => UPLOADED.includes(name));
const SECONDS = 30;

describe('an upload of a hostile file', () => {
  let http: TestHttp;
  beforeAll(async () => {
    http = await startHttp();
  });
  afterAll(() => http[Symbol.asyncDispose]());

  async function upload(bytes: Buffer): Promise<string> {
    const headers = { 'content-type': 'image/png' };
    const body = new Uint8Array(bytes);
    const answer = await http.ask('/api/v1/images', { method: 'POST', as: 'alice', headers, body });
    expect(answer.status).toBe(201);
    return answer.body.id as string;
  }

  async function ended(id: string) {
    const isEnded = async () => {
      const { body } = await http.ask(`/api/v1/images/${id}`, { as: 'alice' });
      return body.status === 'completed' || body.status === 'failed' ? body : undefined;
    };
    return vi.waitUntil(isEnded, { timeout: SECONDS * 1000, interval: 50 });
  }

  it('has every file that is meant to be uploaded', () => {
    expect(FILES).toHaveLength(UPLOADED.length);
  });

  it.for(FILES)('ends with its reason: $name: $ends', async ({ bytes, ends }) => {
    const image = await ended(await upload(await bytes()));
    if (ends === 'prepared') return expect(image).toMatchObject({ status: 'completed' });
    expect(image).toMatchObject({
      status: 'failed',
      quarantined: true,
      steps: { variants: { state: 'failed', failure: { kind: ends } } },
    });
  });

  it('costs no encoder process, and a photograph behind it becomes ready', async () => {
    const { encoders } = http.pipeline.deps;
    expect(encoders.stats().lost).toBe(0);
    const id = await upload(await picture({ widthPx: 700, heightPx: 500 }));
    expect(await ended(id)).toMatchObject({ status: 'completed', variantsReady: true });
    expect(http.reported).toEqual([]);
  });
});
