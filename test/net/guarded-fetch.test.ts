import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { createServer, type AddressInfo } from 'node:net';
import { buffer, text } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { failureOf } from '../../src/domain/failures.js';
import { fetchGuarded } from '../../src/net/guarded-fetch.js';
import type { GuardedRequest } from '../../src/net/guarded-request.js';
import { sourceError } from '../../src/net/source-errors.js';
import { openSite, type Site } from './site.js';

/** Longer than a test may take, so that nothing ends by them unless a test says so. */
const LIMITS = { maxBytes: 1_000, timeoutMs: 900_000, idleTimeoutMs: 600_000, allowPrivate: true };
const fetch = (url: string, options: Partial<GuardedRequest> = {}) =>
  fetchGuarded(url, { ...LIMITS, ...options });
const fetched = async (url: string, options?: Partial<GuardedRequest>) =>
  buffer((await fetch(url, options)).stream);

const hungUp = (site: Site) => vi.waitFor(() => expect(site.open()).toBe(0));
const endless = (response: ServerResponse) => {
  const more = () => {
    while (!response.destroyed && response.write(Buffer.alloc(500)));
  };
  response.on('drain', more);
  more();
};

/** Answers every connection with these bytes, whatever HTTP says about them. */
async function openRawSite(answer: string): Promise<string> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => socket.end(answer));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

describe('a connection that was not made', () => {
  it.for([
    ['EMFILE', 'StorageUnavailable', 'infrastructure'],
    ['ENFILE', 'StorageUnavailable', 'infrastructure'],
    ['ENOMEM', 'StorageUnavailable', 'infrastructure'],
    ['ENOBUFS', 'StorageUnavailable', 'infrastructure'],
    ['ECONNREFUSED', 'SourceUnavailable', 'image'],
  ] as const)('for %s is %s', ([code, kind, fault]) => {
    const error = Object.assign(new Error('connect'), { code });
    const found = sourceError(error, new URL('https://a.example/b?token=1'));
    expect(found).toMatchObject({ kind, message: `a.example/b cannot be read: ${code}` });
    expect(failureOf(found.kind).fault).toBe(fault);
  });
});

describe('fetchGuarded', () => {
  it('brings the bytes, what the site says of them, and asks for them uncompressed', async () => {
    let headers = {};
    const site = await openSite((request, response) => {
      ({ headers } = request);
      response.setHeader('content-type', 'image/jpeg').end('picture');
    });
    const found = await fetch(site.url('/a.jpg?token=1'), { accept: 'image/*' });
    expect(found).toMatchObject({
      status: 200,
      contentType: 'image/jpeg',
      sizeBytes: 7,
      url: site.url('/a.jpg?token=1'),
    });
    expect(await text(found.stream)).toBe('picture');
    expect(headers).toMatchObject({ accept: 'image/*', 'accept-encoding': 'identity' });
    await hungUp(site);
  });

  it('sends a body by another method', async () => {
    const site = await openSite((request, response) => void request.pipe(response));
    const sent = { method: 'POST', body: '{"a":1}' } as const;
    expect(String(await fetched(site.url('/hook'), sent))).toBe('{"a":1}');
    expect(site.requests).toEqual(['POST /hook']);
  });

  it.for([
    [404, 'OriginalMissing'],
    [410, 'OriginalMissing'],
    [400, 'OriginalUnreadable'],
    [401, 'OriginalUnreadable'],
    [403, 'OriginalUnreadable'],
    [304, 'OriginalUnreadable'],
    [408, 'SourceUnavailable'],
    [429, 'SourceUnavailable'],
    [500, 'SourceUnavailable'],
    [503, 'SourceUnavailable'],
  ] as const)('calls an answer of %i %s, without the query, and hangs up', async ([code, kind]) => {
    const site = await openSite((_request, response) => {
      response.statusCode = code;
      response.end(code === 304 ? undefined : 'sorry');
    });
    await expect(fetch(site.url('/a.jpg?token=secret'))).rejects.toMatchObject({
      kind,
      message: `127.0.0.1:${site.port}/a.jpg answered ${code}`,
    });
    await hungUp(site);
  });

  it('says SourceUnavailable when nobody listens', async () => {
    const site = await openSite(() => undefined);
    const free = await openSite(() => undefined, { host: '127.0.0.1' });
    expect(free.port).not.toBe(site.port);
    await expect(fetch('http://127.0.0.1:1/a.jpg')).rejects.toMatchObject({
      kind: 'SourceUnavailable',
      message: '127.0.0.1:1/a.jpg cannot be read: ECONNREFUSED',
    });
  });

  describe('limits the size', () => {
    it('at once when more is announced', async () => {
      const site = await openSite((_request, response) => {
        response.setHeader('content-length', 1_001).flushHeaders();
      });
      await expect(fetch(site.url('/'))).rejects.toMatchObject({ kind: 'FileTooLarge' });
      await hungUp(site);
    });

    it('takes exactly the limit', async () => {
      const site = await openSite((_request, response) => void response.end(Buffer.alloc(1_000)));
      expect(await fetched(site.url('/'))).toHaveLength(1_000);
    });

    it('while reading when nothing is announced and no end comes', async () => {
      const site = await openSite((_request, response) => endless(response));
      await expect(fetched(site.url('/'))).rejects.toMatchObject({
        kind: 'FileTooLarge',
        message: 'The file is larger than 1000 bytes, the limit.',
      });
      await hungUp(site);
    });

    it('when more comes than was announced', async () => {
      const url = await openRawSite(
        `HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\n${'x'.repeat(5_000)}`,
      );
      const bytes = await fetched(url).catch((error: unknown) => error);
      // Only what was announced is the body; Node may also take the rest for a broken answer.
      if (bytes instanceof Buffer) expect(bytes).toHaveLength(3);
      else expect(bytes).toMatchObject({ kind: 'SourceUnavailable' });
    });

    it('fails rather than give half a file when less comes than was announced', async () => {
      const url = await openRawSite('HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\nhalf');
      await expect(fetched(url)).rejects.toMatchObject({ kind: 'SourceUnavailable' });
    });

    it('fails when a chunked body breaks off', async () => {
      const url = await openRawSite(
        'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nhalf\r\n',
      );
      await expect(fetched(url)).rejects.toMatchObject({ kind: 'SourceUnavailable' });
    });

    it('refuses compressed bodies, which may be bombs, and reads nothing of them', async () => {
      const site = await openSite((_request, response) => {
        const bomb = gzipSync(Buffer.alloc(10_000_000));
        response.setHeader('content-encoding', 'gzip').end(bomb);
      });
      await expect(fetch(site.url('/'), { maxBytes: 1e9 })).rejects.toMatchObject({
        kind: 'OriginalUnreadable',
        message: `127.0.0.1:${site.port}/ answers compressed (gzip), which was not asked for`,
      });
      await hungUp(site);
    });
  });

  describe('limits the time', () => {
    it('that a site may be silent before it answers', async () => {
      const site = await openSite(() => undefined);
      await expect(fetch(site.url('/a'), { idleTimeoutMs: 50 })).rejects.toMatchObject({
        kind: 'SourceUnavailable',
        message: `127.0.0.1:${site.port}/a sent nothing for 50 ms`,
      });
      await hungUp(site);
    });

    it('that a site may be silent in the middle', async () => {
      const site = await openSite((_request, response) => void response.write('half'));
      await expect(fetched(site.url('/a'), { idleTimeoutMs: 50 })).rejects.toMatchObject({
        kind: 'SourceUnavailable',
        message: `127.0.0.1:${site.port}/a sent nothing for 50 ms`,
      });
      await hungUp(site);
    });

    it('of all of it, however busy a site drips', async () => {
      const site = await openSite((_request, response) => {
        const drip = setInterval(() => response.write('.'), 5);
        response.on('close', () => clearInterval(drip));
      });
      await expect(fetched(site.url('/a'), { timeoutMs: 150 })).rejects.toMatchObject({
        kind: 'SourceUnavailable',
        message: `127.0.0.1:${site.port}/a took longer than 150 ms`,
      });
      await hungUp(site);
    });

    it('but does not take a busy reader for a silent site', async () => {
      vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
      onTestFinished(() => void vi.useRealTimers());
      const site = await openSite((_request, response) => void response.end(Buffer.alloc(900_000)));
      const { stream } = await fetch(site.url('/'), { maxBytes: 1e6 });
      stream.read(0);
      await vi.waitUntil(() => stream.readableLength >= stream.readableHighWaterMark);
      vi.advanceTimersByTime(LIMITS.idleTimeoutMs + 1);
      expect(await buffer(stream)).toHaveLength(900_000);
    });

    it('even when nobody reads, without ending the process', async () => {
      vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
      onTestFinished(() => void vi.useRealTimers());
      const site = await openSite((_request, response) => endless(response));
      const { stream } = await fetch(site.url('/a'));
      vi.advanceTimersByTime(LIMITS.timeoutMs);
      await hungUp(site);
      await expect(text(stream)).rejects.toMatchObject({ kind: 'SourceUnavailable' });
    });
  });

  describe('stops when it is aborted', () => {
    it('before it begins', async () => {
      const site = await openSite((_request, response) => void response.end());
      await expect(fetch(site.url('/'), { signal: AbortSignal.abort() })).rejects.toMatchObject({
        name: 'AbortError',
      });
      expect(site.connections()).toBe(0);
    });

    it('while it waits for the answer', async () => {
      const controller = new AbortController();
      const site = await openSite(() => controller.abort());
      await expect(fetch(site.url('/'), { signal: controller.signal })).rejects.toMatchObject({
        name: 'AbortError',
      });
      await hungUp(site);
    });

    it('while it reads', async () => {
      const controller = new AbortController();
      const site = await openSite((_request, response) => void response.write('half'));
      const { stream } = await fetch(site.url('/'), { signal: controller.signal });
      stream.once('data', () => controller.abort());
      await expect(text(stream)).rejects.toMatchObject({ name: 'AbortError' });
      await hungUp(site);
    });

    it('by a reader who leaves', async () => {
      const site = await openSite((_request, response) => endless(response));
      const { stream } = await fetch(site.url('/'));
      stream.destroy();
      await hungUp(site);
    });
  });
});
