import { createServer, type Server, type Socket } from 'node:net';
import type { PGlite } from '@electric-sql/pglite';
import { WireReader, type WireMessage } from './wire-messages.js';

export interface PgliteServer extends AsyncDisposable {
  readonly port: number;
}

/**
 * One PGlite session behind a socket, shared by many connections in turns. A turn lasts from the
 * first message of a query to the end of its transaction.
 *
 * Why not `pglite-socket`: it takes turns message by message, so the Bind of one connection can meet
 * the Parse of another (they share the unnamed statement) and be answered with the other's rows;
 * `test/dev/pglite-server.test.ts` shows it.
 */
export async function servePglite(db: PGlite, port: number): Promise<PgliteServer> {
  const turns = new Turns();
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    new Connection(db, turns, socket).serve();
  });
  await listen(server, port);
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : port,
    [Symbol.asyncDispose]: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject);
      resolve();
    });
  });
}

/** Who may talk to the session now; the others wait in the order in which they came. */
class Turns {
  #owner: object | undefined;
  #waiting: { who: object; begin: () => void }[] = [];

  async take(who: object): Promise<void> {
    if (this.#owner === who) return;
    if (this.#owner === undefined) {
      this.#owner = who;
      return;
    }
    await new Promise<void>((begin) => this.#waiting.push({ who, begin }));
  }

  pass(who: object): void {
    if (this.#owner !== who) return;
    const next = this.#waiting.shift();
    this.#owner = next?.who;
    next?.begin();
  }
}

class Connection {
  readonly #db: PGlite;
  readonly #turns: Turns;
  readonly #socket: Socket;
  readonly #reader = new WireReader();
  #work: Promise<void> = Promise.resolve();

  constructor(db: PGlite, turns: Turns, socket: Socket) {
    this.#db = db;
    this.#turns = turns;
    this.#socket = socket.setNoDelay(true);
  }

  serve(): void {
    this.#socket.on('data', (chunk) => {
      for (const message of this.#reader.push(chunk)) this.#queue(() => this.#answer(message));
    });
    this.#socket.on('error', () => this.#socket.destroy());
    this.#socket.once('close', () => this.#queue(() => this.#leave()));
  }

  #queue(work: () => Promise<void>): void {
    // A session that breaks cannot be told so by protocol; a closed connection everybody understands.
    this.#work = this.#work.then(work).catch(() => void this.#socket.destroy());
  }

  async #answer({ type, bytes }: WireMessage): Promise<void> {
    if (type === 'ssl') {
      this.#socket.write('N');
      return;
    }
    if (type === 'cancel' || type === 'X') {
      this.#socket.end();
      return;
    }
    if (this.#socket.destroyed) return;
    await this.#turns.take(this);
    await this.#tell(bytes);
    const ends = type === 'startup' || type === 'Q' || type === 'S';
    if (ends && !this.#db.isInTransaction()) this.#turns.pass(this);
  }

  async #tell(bytes: Uint8Array): Promise<void> {
    const onRawData = (data: Uint8Array) => {
      // PGlite uses its buffer again for the next answer.
      if (!this.#socket.destroyed) this.#socket.write(Buffer.from(data));
    };
    await this.#db.runExclusive(() =>
      this.#db.execProtocolRawStream(new Uint8Array(bytes), { onRawData }),
    );
  }

  /** A connection that goes in the middle of a transaction leaves nothing behind. */
  async #leave(): Promise<void> {
    await this.#turns.take(this);
    try {
      await this.#tell(SYNC);
      if (this.#db.isInTransaction()) await this.#db.exec('ROLLBACK');
    } finally {
      this.#turns.pass(this);
    }
  }
}

/** Ends a query that was begun by Parse or Bind and will never go on. */
const SYNC = Uint8Array.of(0x53, 0, 0, 0, 4);
