import { createServer, type Server, type Socket } from 'node:net';
import type { PGlite } from '@electric-sql/pglite';
import { WireReader, type WireMessage } from './wire-messages.js';

export interface PgliteServer extends AsyncDisposable {
  readonly port: number;
}

export interface Serve {
  port: number;
  /** A new session with the same data, in place of one that is lost; it may take as long as it wants. */
  reopen?: () => Promise<PGlite>;
}

/**
 * One PGlite session behind a socket, shared by many connections in turns. A turn lasts from the
 * first message of a query to the end of its transaction. Closing it closes the session too.
 *
 * Why not `pglite-socket`: it takes turns message by message, so the Bind of one connection can meet
 * the Parse of another (they share the unnamed statement) and be answered with the other's rows;
 * `test/dev/pglite-server.test.ts` shows it.
 */
export async function servePglite(db: PGlite, { port, reopen }: Serve): Promise<PgliteServer> {
  const sockets = new Set<Socket>();
  const open = (opened: PGlite) => new Session(opened, () => void renew());
  let session: Session | undefined = open(db);
  const server = createServer((socket) => {
    // A database that is away is known by everybody; one that says nothing is waited for.
    if (session === undefined) return void socket.destroy();
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    new Connection(session, socket).serve();
  });
  await listen(server, port);

  async function renew(): Promise<void> {
    session = undefined;
    for (const socket of sockets) socket.destroySoon();
    const opened = await reopen?.();
    if (opened !== undefined) session = open(opened);
  }

  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : port,
    [Symbol.asyncDispose]: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of sockets) socket.destroy();
      await closed;
      await session?.close();
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

/** As the answer has it in which PostgreSQL says that it gives itself up. */
const PANIC = Buffer.from('VPANIC\0C');

/**
 * The session of all connections. After a PANIC, as on a full disk, there is no process that ends with
 * it, as that of PostgreSQL would: PGlite would compute for ever over the next message. So it gets none.
 */
class Session {
  readonly turns = new Turns();
  readonly #db: PGlite;
  readonly #onLost: () => void;
  #lost = false;

  constructor(db: PGlite, onLost: () => void) {
    this.#db = db;
    this.#onLost = onLost;
  }

  get inTransaction(): boolean {
    return !this.#lost && this.#db.isInTransaction();
  }

  async tell(bytes: Uint8Array, answer: (data: Buffer) => void): Promise<void> {
    if (this.#lost) throw new Error('The session is lost.');
    const onRawData = (data: Uint8Array) => {
      // PGlite uses its buffer again for the next answer.
      const copy = Buffer.from(data);
      this.#lost ||= copy.includes(PANIC);
      answer(copy);
    };
    await this.#db.runExclusive(() =>
      this.#db.execProtocolRawStream(new Uint8Array(bytes), { onRawData }),
    );
    if (this.#lost) this.#onLost();
  }

  async close(): Promise<void> {
    if (!this.#lost) await this.#db.close();
  }
}

class Connection {
  readonly #session: Session;
  readonly #socket: Socket;
  readonly #reader = new WireReader();
  #work: Promise<void> = Promise.resolve();

  constructor(session: Session, socket: Socket) {
    this.#session = session;
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
    await this.#session.turns.take(this);
    await this.#tell(bytes);
    const ends = type === 'startup' || type === 'Q' || type === 'S';
    if (ends && !this.#session.inTransaction) this.#session.turns.pass(this);
  }

  #tell(bytes: Uint8Array): Promise<void> {
    return this.#session.tell(bytes, (data) => {
      if (this.#socket.writable) this.#socket.write(data);
    });
  }

  /** A connection that goes in the middle of a transaction leaves nothing behind. */
  async #leave(): Promise<void> {
    await this.#session.turns.take(this);
    try {
      await this.#tell(SYNC);
      if (this.#session.inTransaction) await this.#tell(ROLLBACK);
    } finally {
      this.#session.turns.pass(this);
    }
  }
}

/** Ends a query that was begun by Parse or Bind and will never go on. */
const SYNC = Uint8Array.of(0x53, 0, 0, 0, 4);

const ROLLBACK = Buffer.from('Q\0\0\0\rROLLBACK\0');
