import { randomUUID } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join, normalize } from 'node:path';
import { Readable } from 'node:stream';
import { createAdaptorServer } from '@hono/node-server';
import { Hono } from 'hono';
import { adminPages } from '../../src/http/admin/admin-pages.js';
import type { TokenRecord, Tokens } from '../../src/http/admin/settings/tokens-of.js';
import type { HttpEnv } from '../../src/http/http-deps.js';
import { startPipeline, type Pipeline, type PipelineOptions } from './pipeline.js';

export interface Site extends AsyncDisposable {
  readonly pipeline: Pipeline;
  /** The pages without a port. */
  readonly app: Hono<HttpEnv>;
  /** Where a browser finds them: `http://127.0.0.1:4711`. */
  readonly origin: string;
}

/** The pages over a whole pipeline, as an administrator who is signed in gets them. */
export async function startSite(options: PipelineOptions = {}): Promise<Site> {
  const pipeline = await startPipeline(options);
  const stopping = new AbortController();
  const app = siteOver(pipeline, stopping.signal);
  const server = createAdaptorServer({ fetch: app.fetch });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    ...{ pipeline, app, origin: `http://127.0.0.1:${port}` },
    [Symbol.asyncDispose]: async () => {
      stopping.abort();
      const closed = new Promise((resolve) => server.close(resolve));
      if ('closeAllConnections' in server) server.closeAllConnections();
      await closed;
      await pipeline[Symbol.asyncDispose]();
    },
  };
}

export const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

function siteOver({ darkroom, env }: Pipeline, stopping: AbortSignal): Hono<HttpEnv> {
  const app = new Hono<HttpEnv>();
  app.use('*', async (c, next) => {
    c.set('caller', { role: 'admin', tokenId: 'test', tokenName: 'test' });
    await next();
    c.header('Content-Security-Policy', POLICY);
  });
  app.route(
    '/admin',
    adminPages({
      darkroom: Object.assign(darkroom, { tokens: tokensInMemory() }),
      settings: { defaultOwner: 'default' },
      temporalUi: 'http://127.0.0.1:8233',
      stopping,
    }),
  );
  app.get('/variants/:name', (c) => {
    const path = normalize(join(env.VARIANT_STORAGE ?? '', 'variants', c.req.param('name')));
    if (!existsSync(path)) return c.notFound();
    return c.body(Readable.toWeb(createReadStream(path)) as ReadableStream, 200, {
      'Content-Type': path.endsWith('.avif') ? 'image/avif' : 'image/webp',
      'Cache-Control': 'public, max-age=31536000, immutable',
    });
  });
  app.post('/api/v1/images', async (c) => {
    const { file } = await c.req.parseBody();
    if (!(file instanceof File)) return c.json({ detail: 'no file' }, 400);
    if (file.size === 0) return c.json({ title: 'The file is empty.' }, 422);
    const body = Readable.fromWeb(file.stream() as never);
    const stored = await darkroom.upload({ ownerId: 'default', fileName: file.name, body });
    return c.json(stored, 201);
  });
  return app;
}

function tokensInMemory(): Tokens {
  const records: TokenRecord[] = [];
  return {
    create: async (token) => {
      const id = randomUUID();
      records.push({ ...token, id, createdAt: new Date() });
      return { id, token: `dk_${'x'.repeat(43)}` };
    },
    list: async () => records,
    revoke: async (id) => {
      const found = records.find((record) => record.id === id);
      if (found !== undefined) found.revokedAt = new Date();
    },
  };
}
