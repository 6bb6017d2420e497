import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import {
  connect,
  constants,
  createSecureServer,
  type Http2Session,
  type IncomingHttpHeaders,
  type ServerHttp2Stream,
} from 'node:http2';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { generate } from 'selfsigned';
import { onTestFinished } from 'vitest';
import { temporaryFolder } from './temporary-folder.js';

const { HTTP2_HEADER_AUTHORIZATION, HTTP2_HEADER_STATUS } = constants;
const UNAUTHENTICATED = '16';
/** What a connection may not pass on. */
const OF_THE_HOP = new Set(['connection', 'transfer-encoding', 'host']);

type Extensions = NonNullable<NonNullable<Parameters<typeof generate>[1]>['extensions']>;

/** The files of somebody who may sign, and of a client that he signed; PEM. */
export interface Papers {
  ca: string;
  clientCert: string;
  clientKey: string;
}

/** What stands in front of a Temporal server elsewhere: TLS, a client's certificate, a key for its calls. */
export interface SecuredTemporal {
  /** `localhost:port`, the name in its certificate. */
  address: string;
  papers: Papers;
  /** The keys that calls brought, each once. */
  keys: Set<string>;
}

/**
 * Passes calls on to the server once they are allowed to; ends with the test.
 * @param apiKey what a call must bring; none when it is not there
 */
export async function secureTemporal(
  upstream: string,
  { apiKey, clientCertificate = false }: { apiKey?: string; clientCertificate?: boolean },
): Promise<SecuredTemporal> {
  const ca = await signed('an authority of tests', [{ name: 'basicConstraints', cA: true }]);
  const own = await signed(
    'localhost',
    [{ name: 'subjectAltName', altNames: [{ type: 2, value: 'localhost' }] }],
    ca,
  );
  const client = await signed('darkroom', [], ca);
  const keys = new Set<string>();
  const onward = connect(`http://${upstream}`);
  const server = createSecureServer({
    ...{ key: own.key, cert: own.cert, ca: ca.cert },
    ...{ requestCert: clientCertificate, rejectUnauthorized: clientCertificate },
  });
  const sessions = new Set<Http2Session>();
  server.on('session', (session) => sessions.add(session));
  server.on('sessionError', () => undefined);
  server.on('stream', (stream: ServerHttp2Stream, headers) => {
    stream.on('error', () => undefined);
    const [, key] = /^Bearer (.+)$/.exec(String(headers[HTTP2_HEADER_AUTHORIZATION])) ?? [];
    if (key !== undefined) keys.add(key);
    if (key === apiKey) pass(stream, headers, onward);
    else refuse(stream);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    for (const session of sessions) session.destroy();
    server.close();
    onward.destroy();
  });
  const { port } = server.address() as AddressInfo;
  const papers = await filed({ ca: ca.cert, clientCert: client.cert, clientKey: client.key });
  return { address: `localhost:${port}`, papers, keys };
}

interface Signed {
  key: string;
  cert: string;
}

/** @param by itself when nobody is named */
async function signed(name: string, extensions: Extensions, by?: Signed): Promise<Signed> {
  const { private: key, cert } = await generate([{ name: 'commonName', value: name }], {
    ...{ keyType: 'ec', algorithm: 'sha256', extensions },
    ...(by && { ca: by }),
  });
  return { key, cert };
}

function pass(
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
  onward: ReturnType<typeof connect>,
): void {
  const kept = Object.entries(headers).filter(([name]) => !OF_THE_HOP.has(name));
  const call = onward.request(Object.fromEntries(kept));
  let trailers: IncomingHttpHeaders = {};
  call.on('error', () => stream.close());
  stream.on('close', () => call.close());
  call.on('trailers', (sent: IncomingHttpHeaders) => (trailers = withoutPseudo(sent)));
  stream.on('wantTrailers', () => stream.sendTrailers(trailers));
  call.on('response', (answer) => {
    stream.respond(
      { [HTTP2_HEADER_STATUS]: answer[HTTP2_HEADER_STATUS], ...withoutPseudo(answer) },
      { waitForTrailers: true },
    );
    call.pipe(stream);
  });
  stream.pipe(call);
}

function refuse(stream: ServerHttp2Stream): void {
  const status = { 'grpc-status': UNAUTHENTICATED, 'grpc-message': 'Request unauthorized.' };
  stream.respond(
    { [HTTP2_HEADER_STATUS]: 200, 'content-type': 'application/grpc', ...status },
    { endStream: true },
  );
}

function withoutPseudo(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !name.startsWith(':')));
}

async function filed(texts: Papers): Promise<Papers> {
  const folder = temporaryFolder();
  const write = async ([name, text]: [string, string]) => {
    const path = join(folder, `${name}.pem`);
    await writeFile(path, text);
    return [name, path];
  };
  return Object.fromEntries(await Promise.all(Object.entries(texts).map(write))) as Papers;
}
