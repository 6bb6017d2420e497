import { parseArgs } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import type { PGlite } from '@electric-sql/pglite';
import { openData, reopenData } from './database-data.js';
import { servePglite, type PgliteServer } from './pglite-server.js';

// `node dist/dev/database-server.js [--data DIR] [--template FILE] [--port P]`: PostgreSQL with
// pgvector for one machine, in memory without DIR. In a process of its own, because PGlite computes
// on the thread that runs it.

// PGlite's program is compiled anew in every process. What V8 would optimise of it in the first minute
// takes three times the CPU that it saves, and here that is the CPU of the encoders.
setFlagsFromString('--liftoff-only');

/** A statement that does not end must not keep an orphan alive; the files survive that. */
const CLOSE_TIMEOUT_MS = 5000;

const { values } = parseArgs({
  options: {
    data: { type: 'string' },
    template: { type: 'string' },
    port: { type: 'string', default: '0' },
  },
});

const { data, template } = values;
const db = await openData({ ...(data && { folder: data }), ...(template && { template }) });
const server = await listen(Number(values.port));
let closing = false;
process.once('SIGTERM', () => void close());
// The parent died without saying so, or never waited.
process.once('disconnect', () => void close());
if (process.send && !process.connected) void close();
else process.send?.({ ready: true, port: server.port });

/** What is only in memory is lost with its session, and so is everything that this is for. */
async function reopen(): Promise<PGlite> {
  console.error('the database gave itself up, as it does on a full disk');
  return data ? reopenData(data) : process.exit(1);
}

async function listen(usual: number): Promise<PgliteServer> {
  try {
    return await servePglite(db, { port: usual, reopen });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    return servePglite(db, { port: 0, reopen });
  }
}

async function close(): Promise<void> {
  if (closing) return;
  closing = true;
  setTimeout(() => process.exit(1), CLOSE_TIMEOUT_MS).unref();
  try {
    await server[Symbol.asyncDispose]();
  } finally {
    process.exit(0);
  }
}
