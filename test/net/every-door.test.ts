import type { LookupAddress } from 'node:dns';
import type { RequestListener, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { createGzip, gzipSync } from 'node:zlib';
import { describe, expect, it, vi } from 'vitest';
import { readOutput } from '../../src/generation/read-output.js';
import { addressKind } from '../../src/net/address-kind.js';
import { checkedUrl } from '../../src/net/checked-url.js';
import { openProviderApi } from '../../src/net/provider-api.js';
import { INTERNET, type Network } from '../../src/net/network.js';
import { fetchGuarded } from '../../src/net/guarded-fetch.js';
import { checkedEndpointUrl, openNotifier } from '../../src/notify/open-notifier.js';
import { openWebhooks } from '../../src/notify/webhook.js';
import { openFilesystemStorage } from '../../src/storage/filesystem.js';
import { openOriginal } from '../../src/storage/locate-original.js';
import { forSecret, outgoing } from '../notify/notifier.contract.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { certificateFor, hasOpenssl } from './certificate.js';
import { openSite, type Site } from './site.js';

/** Ways to name what is inside; none is a name that has to be resolved. */
const INSIDE = [
  ...['127.0.0.1', '127.1', '2130706433', '0177.0.0.1', '0x7f.0.0.1', '0x7f000001', '0', '0.0.0.0'],
  ...['10.0.0.1', '172.16.0.1', '192.168.1.1', '100.64.0.1', '198.18.0.1', '255.255.255.255'],
  ...['169.254.169.254', '2852039166', '0xa9.0xfe.0xa9.0xfe', '0251.0376.0251.0376'],
  ...[
    '100.100.100.200',
    '168.63.129.16',
    '192.0.0.192',
    '１２７.0.0.1',
    '127。0。0。1',
    '127.0.0.1.',
  ],
  ...[
    '[::1]',
    '[::]',
    '[0:0:0:0:0:0:0:1]',
    '[::ffff:127.0.0.1]',
    '[::ffff:7f00:1]',
    '[::127.0.0.1]',
  ],
  ...[
    '[::ffff:0:127.0.0.1]',
    '[64:ff9b::169.254.169.254]',
    '[64:ff9b:1::a00:1]',
    '[2002:7f00:1::]',
  ],
  ...['[2002:a9fe:a9fe::1]', '[2001:0:4136:e378:8000:63bf:3fff:fdd2]', '[fc00::1]', '[fe80::1]'],
  ...['[2a00:1450::5efe:a00:1]', '[fd00:ec2::254]', '[ff02::1]', '[fec0::1]', '[2001:db8::1]'],
].map((host) => `https://${host}/a.jpg`);

/** Forms that hide where they lead, carry something along, or ask who is no web site. */
const TRICKS = [
  'https://example.com@127.0.0.1/a.jpg',
  'https://example.com:443@127.0.0.1/a.jpg',
  'https://user:hunter2@example.com/a.jpg',
  'https://dk_hunter2@example.com/a.jpg',
  'https://127.0.0.1\\@example.com/a.jpg',
  'https://127.0.0.1#@example.com/a.jpg',
  'https://127.0.0.1?@example.com/a.jpg',
  ...[0, 22, 25, 80, 6379, 7233, 5432, 8233, 9200].map((port) => `https://example.com:${port}/`),
  'http://example.com/a.jpg',
  ...['gopher://127.0.0.1:6379/_FLUSHALL', 'ftp://example.com/a.jpg', 'dict://127.0.0.1:11211/'],
  ...['file:///etc/passwd', 'file://127.0.0.1/etc/passwd', 'jar:https://example.com!/a', 'blob:x'],
  ...['//127.0.0.1/a.jpg', 'https://', 'https://[::1', 'https://[fe80::1%25eth0]/', 'javascript:1'],
];

const signal = new AbortController().signal;
const storage = () => openFilesystemStorage({ folder: join(temporaryFolder(), 'storage') });

/** Every way by which an address that somebody gave is taken or asked, in the settings of an installation. */
const DOORS: Record<string, (url: string) => Promise<unknown>> = {
  'of an import': async (url) => checkedUrl(url),
  'of an original': (url) =>
    openOriginal({ original: url, storage: storage(), outside: { allowPrivate: false } }),
  'of a new endpoint': async (url) => checkedEndpointUrl(url, {}),
  'of an endpoint that is told': (url) =>
    openWebhooks().send(outgoing(), forSecret(url), { signal }),
  'of a picture that was made': (url) =>
    readOutput(url, { signal, maxBytes: 1_000 }, { allowPrivate: false }),
};

const REFUSALS = ['AddressNotAllowed', 'InvalidInput'];

describe.each(Object.entries(DOORS))('the address %s', (name, enter) => {
  it.each([...INSIDE, ...TRICKS])('is refused: %s', async (url) => {
    // Files of this machine are originals too: those that its owner imported by their folder.
    if (name === 'of an original' && !/^(https?|gopher|ftp|dict):/.test(url)) return;
    const refusal = await enter(url).catch((error: { kind: string; message: string }) => error);
    expect(refusal).toMatchObject({ kind: expect.stringMatching(`^(${REFUSALS.join('|')})$`) });
    expect((refusal as Error).message).not.toContain('hunter2');
  });
});

const NAME = 'pictures.test';

/** Both who read and who write to a site, in an internet where 127.0.0.1 is public. */
const CALLERS = {
  'an original': async (url: string, network: Network) => {
    const limits = { maxBytes: 1_000, timeoutMs: 20_000, idleTimeoutMs: 10_000 };
    return buffer((await fetchGuarded(url, { ...limits, network })).stream);
  },
  'a webhook': (url: string, network: Network) =>
    openWebhooks({ network }).send(outgoing(), forSecret(url), { signal }),
  'a picture that was made': async (url: string, network: Network) =>
    buffer(await readOutput(url, { signal, maxBytes: 1_000 }, { allowPrivate: false, network })),
};

describe.skipIf(!hasOpenssl).each(Object.entries(CALLERS))('%s', (_who, ask) => {
  async function publicSite(
    answers: string[][],
    answer: RequestListener = (_q, r) => void r.end(),
  ) {
    const certificate = certificateFor(NAME);
    const site = await openSite(answer, { certificate });
    const network: Network = {
      ca: certificate.cert,
      ports: new Set([String(site.port)]),
      kindOf: (address) => (address === '127.0.0.1' ? 'public' : addressKind(address)),
      resolve: async () => (answers.length > 1 ? answers.shift() : answers[0])?.map(asAnswer) ?? [],
    };
    return { site, network, url: `https://${NAME}:${site.port}/a` };
  }
  const asAnswer = (address: string): LookupAddress => ({
    ...{ address, family: address.includes(':') ? 6 : 4 },
  });

  it('asks nobody when its name leads inside the second time', async () => {
    const { site, network, url } = await publicSite([['127.0.0.1'], ['127.0.0.2']]);
    await ask(url, network);
    await expect(ask(url, network)).rejects.toMatchObject({ kind: 'AddressNotAllowed' });
    expect(site.connections()).toBe(1);
  });

  it.each([
    '::1',
    '::ffff:127.0.0.1',
    '64:ff9b::7f00:1',
    '2002:7f00:1::',
    '169.254.169.254',
    '0.0.0.0',
  ])('asks nobody when one answer of its name is %s', async (address) => {
    const { site, network, url } = await publicSite([['127.0.0.1', address]]);
    await expect(ask(url, network)).rejects.toMatchObject({ kind: 'AddressNotAllowed' });
    expect(site.connections()).toBe(0);
  });

  it('does not follow a redirect inside', async () => {
    const { site: inside } = await publicSite([['127.0.0.1']]);
    const location = `https://127.0.0.2:${inside.port}/`;
    const { network, url } = await publicSite(
      [['127.0.0.1']],
      (_request, response) => void response.writeHead(302, { location }).end(),
    );
    const outcome = await ask(url, network).catch((error: unknown) => error);
    if ((outcome as { status?: number }).status !== 302) {
      expect(outcome).toMatchObject({ kind: 'AddressNotAllowed' });
    }
    expect(inside.connections()).toBe(0);
  });
});

describe('what a site answers', () => {
  const forever = (response: ServerResponse, bytes: Buffer) => {
    const more = () => {
      while (!response.destroyed && response.write(bytes));
    };
    response.on('drain', more);
    more();
  };
  const hungUp = (site: Site) => vi.waitFor(() => expect(site.open()).toBe(0), { timeout: 10_000 });
  const tell = (site: Site) =>
    openNotifier({ allowPrivate: true, timeoutMs: 2_000, log: { info: () => undefined } }).send(
      outgoing(),
      forSecret(site.url('/')),
      { signal },
    );

  it.each([
    ['a body without an end', (response) => forever(response, Buffer.alloc(50_000))],
    [
      'gzip that inflates without an end',
      (response) => {
        response.setHeader('content-encoding', 'gzip');
        forever(response, gzipSync(Buffer.alloc(10_000_000)));
      },
    ],
    ['half a body', (response) => void response.writeHead(200).write('half')],
  ] as [string, (response: ServerResponse) => void][])(
    'to an event may be %s: nobody reads it',
    async (_what, answer) => {
      const site = await openSite((_request, response) => answer(response));
      await expect(tell(site)).resolves.toEqual({ status: 200 });
      await hungUp(site);
    },
  );

  it('may be no head of megabytes, nor one that comes letter by letter', async () => {
    const large = await openSite((_request, response) => {
      response.writeHead(200, { 'x-large': 'x'.repeat(1_000_000) }).end();
    });
    await expect(tell(large)).rejects.toMatchObject({ kind: 'SourceUnavailable' });
    const slow = await openSite((_request, response) => {
      response.socket?.write('HTTP/1.1 200 OK\r\n');
      const timer = setInterval(() => response.socket?.write('x: y\r\n'), 100);
      response.socket?.on('close', () => clearInterval(timer));
    });
    await expect(tell(slow)).rejects.toMatchObject({ kind: 'SourceUnavailable' });
    await hungUp(slow);
  });

  it('for a picture that was made may not come drop by drop for longer than its time-out', async () => {
    const site = await openSite((_request, response) => {
      const timer = setInterval(() => response.write('x'), 50);
      response.on('close', () => clearInterval(timer));
    });
    const settings = { allowPrivate: true, timeoutMs: 1_000 };
    const stream = await readOutput(site.url('/'), { signal, maxBytes: 1_000_000 }, settings);
    await expect(buffer(stream)).rejects.toMatchObject({
      kind: 'SourceUnavailable',
      message: expect.stringContaining('took longer than 1000 ms'),
    });
    await hungUp(site);
  });

  it('as a provider may be no bomb either', async () => {
    const site = await openSite((request, response) => {
      request.resume();
      response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' });
      const zip = createGzip();
      zip.pipe(response);
      response.on('close', () => zip.destroy());
      forever(zip as never, Buffer.alloc(1_000_000, ' '));
    });
    const api = openProviderApi({
      endpoint: { baseUrl: site.url('') },
      timeoutMs: 20_000,
      gate: { pass: (call) => call() },
    });
    await expect(api.post('/chat', () => ({}), {})).rejects.toMatchObject({
      kind: 'ProviderAnswerInvalid',
      message: 'The answer is larger than 32 MB.',
    });
    await hungUp(site);
  });

  it('is not asked for where nothing says which network that is', () => {
    expect(INTERNET.ports).toEqual(new Set(['', '8443']));
  });
});
