import { createServer } from 'node:net';

/**
 * The usual port of 127.0.0.1 when nobody listens there, else a free one. Another process may
 * take it before it is used: whoever starts a server on it tries again.
 */
export async function freePort(usual = 0): Promise<number> {
  return (await tryPort(usual)) ?? (await tryPort(0)) ?? usual;
}

function tryPort(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(undefined));
    server.listen({ port, host: '127.0.0.1' }, () => {
      const address = server.address();
      const taken = typeof address === 'object' ? address?.port : undefined;
      server.close(() => resolve(taken));
    });
  });
}
