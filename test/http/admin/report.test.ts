import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startHttp, type TestHttp } from '../../support/http.js';

describe('a page that meets what nobody foresaw', () => {
  let http: TestHttp;
  beforeAll(async () => {
    http = await startHttp({ workers: false });
  });
  afterAll(() => http[Symbol.asyncDispose]());

  it('says little, and leaves the rest to the log', async () => {
    http.deps.darkroom.facets = () => Promise.reject(new Error('the secret of the house'));
    const { status, text } = await http.ask('/admin/images');
    expect(status).toBe(500);
    expect(text).toContain('Something went wrong that Darkroom does not know yet.');
    expect(text).not.toContain('secret');
    expect(http.reported).toEqual([new Error('the secret of the house')]);
  });
});
