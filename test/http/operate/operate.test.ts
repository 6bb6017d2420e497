import { get } from 'node:http';
import { describe, expect, it } from 'vitest';
import type { Health } from '../../../src/client.js';
import type { HttpDeps } from '../../../src/http/http-deps.js';
import { healthRoutes } from '../../../src/http/operate/health-routes.js';
import { listenForOperators } from '../../../src/http/operate/listen.js';
import { metricsRoute } from '../../../src/http/operate/metrics-route.js';
import { serverMetrics } from '../../../src/metrics/server-metrics.js';

const fine = { ok: true, says: 'It answers.', ms: 3 };

function withHealth(health: Partial<Health>) {
  const darkroom = {
    health: async () => ({
      ...{ temporal: fine, database: fine, storage: fine, workers: fine },
      ...health,
    }),
  } as HttpDeps['darkroom'];
  return healthRoutes({ darkroom });
}

describe('/healthz', () => {
  it('says that the process is up, whatever is away', async () => {
    const app = withHealth({ database: { ok: false, says: 'It is away.', ms: 1 } });
    const answer = await app.request('/healthz');
    expect([answer.status, await answer.json()]).toEqual([200, { ok: true }]);
  });
});

describe('/readyz', () => {
  it('is 200 when everything is there', async () => {
    const answer = await withHealth({}).request('/readyz');
    expect(answer.status).toBe(200);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    await expect(answer.json()).resolves.toMatchObject({ ready: true, notReady: [] });
  });

  it('is 503 when something is not, and names it', async () => {
    const away = { ok: false, says: 'The database cannot be reached right now.', ms: 12 };
    const answer = await withHealth({ database: away }).request('/readyz');
    expect(answer.status).toBe(503);
    await expect(answer.json()).resolves.toEqual({
      ready: false,
      notReady: ['database'],
      temporal: { ok: true, says: 'It answers.' },
      database: { ok: false, says: 'The database cannot be reached right now.' },
      storage: { ok: true, says: 'It answers.' },
      workers: { ok: true, says: 'It answers.' },
    });
  });
});

describe('/metrics of the server', () => {
  const metrics = serverMetrics(async () => [
    { queue: 'darkroom', takes: 'workflows', waiting: 7, oldestMs: 1500, pollers: 2 },
  ]);

  it('holds the length of the queues and the numbers of the process', async () => {
    const answer = await metricsRoute({ metrics }).request('/metrics');
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
    const text = await answer.text();
    expect(text).toContain('darkroom_queue_waiting{queue="darkroom",takes="workflows"} 7\n');
    expect(text).toContain('darkroom_queue_oldest_seconds{queue="darkroom",takes="workflows"} 1.5');
    expect(text).toContain('\nnodejs_eventloop_lag_p99_seconds ');
  });

  it('has no numbers of queues rather than old ones when Temporal is away', async () => {
    const away = serverMetrics(async () => {
      throw new Error('away');
    });
    const answer = await metricsRoute({ metrics: away }).request('/metrics');
    expect(answer.status).toBe(200);
    await expect(answer.text()).resolves.not.toMatch(/^darkroom_queue_waiting/m);
  });

  it('wants its token when there is one', async () => {
    const app = metricsRoute({ metrics, metricsToken: 'only for the scraper' });
    const status = async (authorization?: string) =>
      (await app.request('/metrics', { headers: authorization ? { authorization } : {} })).status;
    expect(await status()).toBe(401);
    expect(await status('Bearer something else')).toBe(401);
    expect(await status('only for the scraper')).toBe(401);
    expect(await status('Bearer only for the scraper')).toBe(200);
  });

  it('counts generations once for scrapers that come at once or too often', async () => {
    let counted = 0;
    const byStatus = { pending: 3, processing: 0, downloading: 0, completed: 9, failed: 0 };
    const source = serverMetrics(
      async () => [],
      async () => [],
      async () => {
        counted += 1;
        return { byStatus: { ...byStatus, cancelled: 0 }, oldestPendingMs: 2000 };
      },
    );
    const app = metricsRoute({ metrics: source });
    for (let scraped = 0; scraped < 5; scraped += 1) {
      const text = await (await app.request('/metrics')).text();
      expect(text).toContain('darkroom_generations{status="pending"} 3\n');
    }
    expect(counted).toBe(1);
  });

  it.each([
    ['127.0.0.1:9464', 200],
    ['localhost:9464', 200],
    ['[::1]:9464', 200],
    ['10.0.0.7:9464', 200],
    ['worker.internal:9464', 200],
    ['evil.example:9464', 403],
    ['127.0.0.1.evil.example', 403],
    ['evil.example@127.0.0.1', 403],
  ])('of a worker that is asked for as %s is answered with %i', async (host, status) => {
    const app = metricsRoute({ metrics }, { hosts: ['worker.internal'] });
    expect((await app.request('/metrics', { headers: { host } })).status).toBe(status);
    const closed = metricsRoute({ metrics, metricsToken: 'only for the scraper' });
    const headers = { host, authorization: 'Bearer only for the scraper' };
    expect((await closed.request('/metrics', { headers })).status).toBe(200);
  });

  it('of a worker is not read by a page whose site points to this machine', async () => {
    const options = { port: 0, metricsHost: '127.0.0.1', metricsToken: undefined, metrics };
    await using listening = await listenForOperators(options);
    const ask = (host: string) =>
      new Promise<number | undefined>((resolve, reject) => {
        const at = { port: listening.port, path: '/metrics', headers: { host } };
        get(at, (answer) => resolve(answer.resume().statusCode)).on('error', reject);
      });
    expect(await ask('evil.example')).toBe(403);
    expect(await ask(`127.0.0.1:${listening.port}`)).toBe(200);
  });

  it('is not there without a source', async () => {
    expect((await metricsRoute({}).request('/metrics')).status).toBe(404);
  });

  it('says which variable to change when the port of a worker is taken', async () => {
    const options = { port: 0, metricsHost: '127.0.0.1', metricsToken: undefined, metrics };
    await using first = await listenForOperators(options);
    await expect(listenForOperators({ ...options, port: first.port })).rejects.toThrow(
      `METRICS_PORT ${first.port} on 127.0.0.1 cannot be listened on`,
    );
  });
});
