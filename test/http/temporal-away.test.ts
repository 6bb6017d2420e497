import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildApp } from '../../src/http/app.js';
import { openHttp } from '../../src/http/open-http.js';
import { addSmall } from '../support/add-pictures.js';
import { openBreakableProxy, type BreakableProxy } from '../support/breakable-proxy.js';
import { startHttp, type TestHttp } from '../support/http.js';
import { picture } from '../support/pictures.js';

describe('a server whose Temporal has gone away', () => {
  let http: TestHttp;
  let proxy: BreakableProxy;
  let opened: Awaited<ReturnType<typeof openHttp>>;
  let id: string;
  beforeAll(async () => {
    http = await startHttp({ workers: false });
    [id = ''] = await addSmall(http.pipeline, 1);
    const address = http.pipeline.env.TEMPORAL_ADDRESS ?? '';
    proxy = await openBreakableProxy(Number(address.split(':')[1]));
    opened = await openHttp({
      ...http.pipeline.env,
      TEMPORAL_ADDRESS: `127.0.0.1:${proxy.port}`,
    });
    proxy.break();
  });
  afterAll(async () => {
    await opened[Symbol.asyncDispose]();
    await proxy[Symbol.asyncDispose]();
    await http[Symbol.asyncDispose]();
  });

  async function ask(path: string, how: RequestInit = {}): Promise<Response> {
    const headers = { authorization: `Bearer ${http.tokens.admin}`, ...how.headers };
    return buildApp(opened).request(path, { ...how, headers });
  }

  it('says so, whatever it is asked to do, and keeps what is uploaded', async () => {
    const form = new FormData();
    form.append('file', new File([await picture({ widthPx: 40, heightPx: 30 })], 'kept.jpg'));
    const [tick, ...answers] = await Promise.all([
      ask('/api/v1/preprocess-tasks/tick', { method: 'POST' }),
      ask('/api/v1/queues'),
      ask('/api/v1/preprocess-tasks/runs', { method: 'POST' }),
      ask(`/api/v1/images/${id}/process`, { method: 'POST' }),
      ask(`/api/v1/images/${id}`, { method: 'DELETE' }),
      ask('/api/v1/images', { method: 'POST', body: form }),
    ]);
    const seen = answers.map(async (answer) => {
      const { kind } = (await answer.json()) as { kind: string };
      return [answer.status, answer.headers.get('retry-after'), kind];
    });
    expect(await Promise.all(seen)).toEqual(answers.map(() => [503, '5', 'TemporalUnavailable']));
    expect([tick.status, tick.headers.get('retry-after')]).toEqual([503, '5']);
    expect(await tick.json()).toMatchObject({
      ...{ success: false, errors: 1 },
      message: 'The sweep failed: The Temporal server cannot be reached right now.',
    });
    // Its workflow was never started: a sweep finds that out.
    expect(await http.pipeline.darkroom.images()).toContainEqual(
      expect.objectContaining({ fileName: 'kept.jpg', status: 'processing' }),
    );
  }, 120_000);
});
