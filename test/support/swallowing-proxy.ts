import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

export interface SwallowingProxy {
  readonly port: number;
  /**
   * From now on nothing gets through on the connections that are open, in either direction, and
   * neither end is told; new ones work. So looks a network whose path has changed.
   */
  swallow(): void;
  /** Connections that were let through so far. */
  readonly opened: () => number;
}

/** Stands in front of a server of this machine. */
export async function openSwallowingProxy(serverPort: number): Promise<SwallowingProxy> {
  const pairs = new Set<[Socket, Socket]>();
  let opened = 0;
  const server = createServer((socket) => {
    opened += 1;
    const onward = connect(serverPort, '127.0.0.1');
    const pair: [Socket, Socket] = [socket, onward];
    pairs.add(pair);
    socket.pipe(onward).pipe(socket);
    for (const [one, other] of [pair, [onward, socket]] as const) {
      one.on('error', () => other.destroy());
      one.once('close', () => pairs.delete(pair));
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
    for (const pair of pairs) for (const socket of pair) socket.destroy();
  });
  return {
    port: (server.address() as AddressInfo).port,
    opened: () => opened,
    swallow: () => {
      for (const [socket, onward] of pairs) {
        socket.unpipe(onward).resume();
        onward.unpipe(socket).resume();
      }
    },
  };
}
