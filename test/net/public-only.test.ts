import type { LookupAddress } from 'node:dns';
import type { RequestListener } from 'node:http';
import type { TLSSocket } from 'node:tls';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { addressKind } from '../../src/net/address-kind.js';
import { fetchGuarded } from '../../src/net/guarded-fetch.js';
import { guardedLookup, INTERNET, type Network } from '../../src/net/network.js';
import { certificateFor, hasOpenssl } from './certificate.js';
import { openSite } from './site.js';

const LIMITS = { maxBytes: 1_000, timeoutMs: 20_000, idleTimeoutMs: 10_000 };
const NAME = 'pictures.test';

/** An internet where 127.0.0.1 is a public address, and no other of this machine is. */
function internet(port: number, ca: string, answers: string[][]): Network & { asked: string[] } {
  const asked: string[] = [];
  return {
    asked,
    ca,
    ports: new Set([String(port)]),
    kindOf: (address) => (address === '127.0.0.1' ? 'public' : addressKind(address)),
    resolve: async (hostname): Promise<LookupAddress[]> => {
      asked.push(hostname);
      const answer = answers.length > 1 ? answers.shift() : answers[0];
      return (answer ?? []).map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
    },
  };
}

async function openPublicSite(answer: RequestListener, answers: string[][]) {
  const certificate = certificateFor(NAME);
  const site = await openSite(answer, { certificate });
  const network = internet(site.port, certificate.cert, answers);
  const fetch = (path: string, name = NAME) =>
    fetchGuarded(`https://${name}:${site.port}${path}`, { ...LIMITS, network });
  return { site, network, certificate, fetch };
}
const notAllowed = { kind: 'AddressNotAllowed', message: 'this address is not public' };

describe.skipIf(!hasOpenssl)('a public https: site', () => {
  it('is read under its own name: Host, server name and certificate', async () => {
    let told: unknown;
    const { fetch, site } = await openPublicSite(
      (request, response) => {
        const { servername } = request.socket as TLSSocket & { servername: string };
        told = { host: request.headers.host, servername };
        response.end('picture');
      },
      [['127.0.0.1']],
    );
    expect(await text((await fetch('/a.jpg')).stream)).toBe('picture');
    expect(told).toEqual({ host: `${NAME}:${site.port}`, servername: NAME });
  });

  it('must have a certificate for its name, by somebody we trust', async () => {
    const { fetch, network } = await openPublicSite((_q, r) => void r.end(), [['127.0.0.1']]);
    await expect(fetch('/', 'other.test')).rejects.toMatchObject({
      kind: 'SourceUnavailable',
      message: expect.stringContaining('ERR_TLS_CERT_ALTNAME_INVALID'),
    });
    delete network.ca;
    await expect(fetch('/')).rejects.toMatchObject({
      kind: 'SourceUnavailable',
      message: expect.stringContaining('DEPTH_ZERO_SELF_SIGNED_CERT'),
    });
  });

  it.for([
    ['loopback', ['127.0.0.2']],
    ['a private network', ['10.0.0.1']],
    ['metadata', ['169.254.169.254']],
    ['a mapped address', ['::ffff:127.0.0.1']],
    ['a public and a private address', ['127.0.0.1', '10.0.0.1']],
  ] as const)('is refused when its name leads to %s', async ([, addresses]) => {
    const { fetch, site } = await openPublicSite((_q, r) => void r.end(), [[...addresses]]);
    await expect(fetch('/')).rejects.toMatchObject(notAllowed);
    expect(site.connections()).toBe(0);
  });

  it.runIf(process.platform === 'linux')(
    'is asked at the address that was checked, whatever its name leads to afterwards',
    async () => {
      const { fetch, site, network, certificate } = await openPublicSite(
        (_request, response) => void response.end('from the checked address'),
        [['127.0.0.1'], ['127.0.0.2']],
      );
      const inside = await openSite((_request, response) => void response.end('from inside'), {
        host: '127.0.0.2',
        port: site.port,
        certificate,
      });
      expect(await text((await fetch('/')).stream)).toBe('from the checked address');
      expect(network.asked).toEqual([NAME]);

      await expect(fetch('/')).rejects.toMatchObject(notAllowed);
      expect(inside.connections()).toBe(0);
    },
  );

  it('is checked again when it redirects to itself', async () => {
    const { fetch, site, network } = await openPublicSite(
      (_request, response) => void response.writeHead(302, { location: '/again' }).end(),
      [['127.0.0.1'], ['127.0.0.2']],
    );
    await expect(fetch('/')).rejects.toMatchObject(notAllowed);
    expect(network.asked).toEqual([NAME, NAME]);
    expect(site.requests).toEqual(['GET /']);
  });

  it('may not lead to http:, even where that is allowed', async () => {
    const { site, network } = await openPublicSite(
      (_request, response) => void response.writeHead(302, { location: 'http://127.0.0.1/' }).end(),
      [['127.0.0.1']],
    );
    for (const allowPrivate of [false, true]) {
      const options = { ...LIMITS, network, allowPrivate };
      await expect(fetchGuarded(`https://${NAME}:${site.port}/`, options)).rejects.toMatchObject({
        kind: 'AddressNotAllowed',
        message: expect.stringContaining('only https: addresses are fetched, not http:'),
      });
    }
  });
});

describe('a socket that asks for one address', () => {
  it('gets the first, when all are public', async () => {
    const addresses = [{ address: '1.1.1.1', family: 4 }];
    const network = { ...INTERNET, resolve: async () => addresses };
    const ask = () =>
      new Promise((resolve) => {
        guardedLookup(network, false)(NAME, {}, (...answer) => resolve(answer));
      });
    await expect(ask()).resolves.toEqual([null, '1.1.1.1', 4]);
    addresses.push({ address: '10.0.0.1', family: 4 });
    await expect(ask()).resolves.toMatchObject([notAllowed, '']);
  });
});

describe('the internet', () => {
  it('has names of this machine, which are refused when they are resolved', async () => {
    const site = await openSite((_request, response) => void response.end());
    const network = { ...INTERNET, ports: new Set([String(site.port)]) };
    await expect(
      fetchGuarded(`https://localhost:${site.port}/`, { ...LIMITS, network }),
    ).rejects.toMatchObject(notAllowed);
    expect(site.connections()).toBe(0);
  });

  it('is out of reach under a name that nobody has', async () => {
    const network = { ...INTERNET, resolve: () => Promise.reject(notFound()) };
    await expect(
      fetchGuarded('https://nowhere.test/a.jpg', { ...LIMITS, network }),
    ).rejects.toMatchObject({
      kind: 'SourceUnavailable',
      message: 'nowhere.test/a.jpg cannot be read: ENOTFOUND',
    });
  });
});

function notFound(): Error {
  return Object.assign(new Error('getaddrinfo ENOTFOUND'), { code: 'ENOTFOUND' });
}
