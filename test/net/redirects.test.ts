import type { IncomingHttpHeaders } from 'node:http';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { fetchGuarded } from '../../src/net/guarded-fetch.js';
import type { GuardedRequest } from '../../src/net/guarded-request.js';
import { openSite, type Site } from './site.js';

const LIMITS = { maxBytes: 1_000, timeoutMs: 20_000, idleTimeoutMs: 10_000, allowPrivate: true };
const fetch = (url: string, options: Partial<GuardedRequest> = {}) =>
  fetchGuarded(url, { ...LIMITS, ...options });

/** Redirects `/to?<address>` there and counts `/hops/<n>` down; everything else is a picture. */
async function openRedirecting(seen: IncomingHttpHeaders[] = []): Promise<Site> {
  return openSite((request, response) => {
    seen.push(request.headers);
    const { url = '' } = request;
    const hops = Number(/^\/hops\/(\d+)/.exec(url)?.[1] ?? 0);
    const target = url.startsWith('/to?') ? decodeURIComponent(url.slice(4)) : undefined;
    const location = hops > 0 ? `/hops/${hops - 1}` : target;
    if (location === undefined) return void response.end('picture');
    response.writeHead(302, { location: Buffer.from(location).toString('latin1') }).end();
  });
}
const to = (site: Site, address: string) => site.url(`/to?${encodeURIComponent(address)}`);

describe('redirects', () => {
  it('are followed three times, and the answer says where it came from', async () => {
    const site = await openRedirecting();
    const { stream, url } = await fetch(site.url('/hops/3'));
    expect(await text(stream)).toBe('picture');
    expect(url).toBe(site.url('/hops/0'));
    expect(site.open()).toBeLessThanOrEqual(1);
  });

  it('are not followed a fourth time, nor in a loop', async () => {
    const site = await openRedirecting();
    await expect(fetch(site.url('/hops/4'))).rejects.toMatchObject({
      kind: 'OriginalUnreadable',
      message: `127.0.0.1:${site.port}/hops/4 redirects more than 3 times`,
    });
    expect(site.requests).toHaveLength(4);
  });

  it.for([
    ['metadata', 'http://169.254.169.254/latest', 'this address is not public'],
    ['the unspecified address', 'http://0.0.0.0/', 'this address is not public'],
    ['an odd form of one', 'http://0xa9fea9fe/', 'this address is not public'],
    ['a file', 'file:///etc/passwd', 'only https: addresses are fetched, not file:'],
    [
      'an address with a password',
      'http://ann:secret@127.0.0.1/',
      'an address may not carry a user name or a password',
    ],
    ['nonsense', 'http://[', 'this is not an address'],
  ])('to %s are refused', async ([, address = '', reason]) => {
    const site = await openRedirecting();
    await expect(fetch(to(site, address))).rejects.toMatchObject({
      kind: 'AddressNotAllowed',
      message: `127.0.0.1:${site.port}/to redirects to a refused address: ${reason}`,
    });
    expect(site.requests).toHaveLength(1);
  });

  it('to relative addresses and to others in UTF-8 are understood', async () => {
    const site = await openRedirecting();
    const { url } = await fetch(to(site, '/ä ö.jpg'));
    expect(url).toBe(site.url('/%C3%A4%20%C3%B6.jpg'));
  });

  it('take headers along to the same origin only', async () => {
    const here: IncomingHttpHeaders[] = [];
    const there: IncomingHttpHeaders[] = [];
    const [one, other] = [await openRedirecting(here), await openRedirecting(there)];
    const headers = { authorization: 'Bearer secret', cookie: 'a=b' };
    await fetch(one.url('/hops/1'), { headers });
    expect(here).toMatchObject([headers, headers]);

    await fetch(to(one, to(other, one.url('/a.jpg'))), { headers });
    for (const seen of [there[0], here.at(-1)]) {
      expect(seen).not.toHaveProperty('authorization');
      expect(seen).not.toHaveProperty('cookie');
      expect(seen).toHaveProperty('accept-encoding', 'identity');
    }
  });

  it('of what was posted are not followed', async () => {
    const site = await openRedirecting();
    await expect(fetch(site.url('/hops/1'), { method: 'POST', body: 'x' })).rejects.toMatchObject({
      kind: 'OriginalUnreadable',
    });
    expect(site.requests).toEqual(['POST /hops/1']);
  });
});
