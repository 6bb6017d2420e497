import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { parseArgs } from 'node:util';
import { PGlite } from '@electric-sql/pglite';
import { vector } from '@electric-sql/pglite-pgvector';
import { PGLiteSocketServer } from '@electric-sql/pglite-socket';

// `node dist/dev/database-server.js --data DIR --port P`: PostgreSQL with pgvector for one
// machine. In a process of its own, because PGlite computes on the thread that runs it.

/** The workers, the CLI and the HTTP server of one stack together; more wait in the queue. */
const MAX_CONNECTIONS = 20;
/** A statement that does not end must not keep an orphan alive; the files survive that. */
const CLOSE_TIMEOUT_MS = 5000;

const { values } = parseArgs({
  options: { data: { type: 'string', default: 'memory' }, port: { type: 'string', default: '0' } },
});

const db = await openData(values.data);
const { server, port } = await listen(Number(values.port));
let closing = false;
process.once('SIGTERM', () => void close());
// The parent died without saying so, or never waited.
process.once('disconnect', () => void close());
if (process.send && !process.connected) void close();
else process.send?.({ ready: true, port });

async function openData(data: string): Promise<PGlite> {
  if (data === 'memory') return PGlite.create({ extensions: { vector } });
  await mkdir(dirname(data), { recursive: true });
  return PGlite.create({ dataDir: data, extensions: { vector } });
}

async function listen(usual: number): Promise<{ server: PGLiteSocketServer; port: number }> {
  try {
    return await listenOn(usual);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    return listenOn(0);
  }
}

async function listenOn(wanted: number) {
  const options = { db, port: wanted, host: '127.0.0.1', maxConnections: MAX_CONNECTIONS };
  const server = new PGLiteSocketServer(options);
  await server.start();
  return { server, port: Number(server.getServerConn().split(':').at(-1)) };
}

async function close(): Promise<void> {
  if (closing) return;
  closing = true;
  setTimeout(() => process.exit(1), CLOSE_TIMEOUT_MS).unref();
  try {
    await server.stop();
    await db.close();
  } finally {
    process.exit(0);
  }
}
