import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

export interface BreakableProxy extends AsyncDisposable {
  readonly port: number;
  /** Whoever is connected is cut off, and nobody gets in until it is mended. */
  break(): void;
  mend(): void;
}

/** Stands in front of a server of this machine, which is away for whoever comes through here when it says so. */
export async function openBreakableProxy(serverPort: number): Promise<BreakableProxy> {
  const sockets = new Set<Socket>();
  let isBroken = false;
  const server = createServer((socket) => {
    if (isBroken) return void socket.destroy();
    const onward = connect(serverPort, '127.0.0.1');
    for (const [one, other] of [
      [socket, onward],
      [onward, socket],
    ] as const) {
      sockets.add(one);
      one.pipe(other);
      one.on('error', () => other.destroy());
      one.once('close', () => {
        sockets.delete(one);
        other.destroy();
      });
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const cutOff = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    port: (server.address() as AddressInfo).port,
    break: () => {
      isBroken = true;
      cutOff();
    },
    mend: () => {
      isBroken = false;
    },
    [Symbol.asyncDispose]: async () => {
      server.close();
      cutOff();
    },
  };
}
