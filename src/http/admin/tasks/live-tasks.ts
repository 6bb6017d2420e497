import type { Context, Handler } from 'hono';
import { streamSSE } from 'hono/streaming';
import { DarkroomError } from '../../../domain/failures.js';
import { tokenOf } from '../../guards/identify.js';
import type { HttpDeps, HttpEnv } from '../../http-deps.js';
import { changedSince, regionsOf, signatureOf } from './regions.js';
import { lookedAt, type AskTasks, type TasksState } from './tasks-state.js';

/** As often as numbers are worth reading; while nothing runs somebody may start a run elsewhere. */
const EVERY_MS = { running: 600, idle: 2_000 };

/** A stream is asked for once and may last for days, so its token is looked at now and then. */
const LOOK_AGAIN_MS = 30_000;
/** Says nothing; a reader that is gone without a word is noticed by it, and no proxy takes the stream for dead. */
const STILL_HERE = ':\n\n';

/** Tabs of all who share a token; what a stream asks for is asked once for all of them. */
const STREAMS_AT_ONCE = 50;

/**
 * Sends what changed since the page was made, as long as somebody looks at it who may.
 * @throws DarkroomError `TooManyRequests` when this token looks at so many already
 */
export function liveTasks(deps: HttpDeps, ask: AskTasks): Handler<HttpEnv> {
  const open = new Map<string, number>();
  const add = (tokenId: string, streams: number) => {
    const left = (open.get(tokenId) ?? 0) + streams;
    if (left === 0) open.delete(tokenId);
    else open.set(tokenId, left);
  };

  return (c) => {
    // The stream of an answer without a body would never be read, nor end.
    if (c.req.method === 'HEAD') return c.body(null, 200, { 'content-type': 'text/event-stream' });
    const { tokenId } = c.get('caller');
    if ((open.get(tokenId) ?? 0) >= STREAMS_AT_ONCE) {
      c.header('Retry-After', '5');
      throw new DarkroomError('TooManyRequests');
    }
    add(tokenId, 1);
    let seen = c.req.query('seen') ?? '';
    const looked = lookedAt(c);
    const toLookAgain = every(deps.lookAgainMs ?? LOOK_AGAIN_MS);
    // Proxies must not collect what is meant for now.
    c.header('X-Accel-Buffering', 'no');
    return streamSSE(c, async (stream) => {
      try {
        while (!stream.aborted && !deps.stopping?.aborted) {
          const looksAgain = toLookAgain();
          if (looksAgain && !(await mayStillRead(c, deps))) break;
          if (looksAgain) await stream.write(STILL_HERE);
          // An outage shows at the foot of the next page; what is shown stays until it is over.
          const state: TasksState | undefined = await ask(looked).catch(() => undefined);
          const regions = state && (await regionsOf(state, deps));
          for (const region of regions ? changedSince(seen, regions) : []) {
            await stream.writeSSE({ event: region, data: regions?.[region] ?? '' });
          }
          if (regions !== undefined) seen = signatureOf(regions);
          await stream.sleep(EVERY_MS[state?.now.state ?? 'idle']);
        }
      } finally {
        add(tokenId, -1);
      }
    });
  };
}

function every(ms: number): () => boolean {
  let last = performance.now();
  return () => {
    if (performance.now() - last < ms) return false;
    last = performance.now();
    return true;
  };
}

async function mayStillRead(c: Context<HttpEnv>, { darkroom }: HttpDeps): Promise<boolean> {
  try {
    return (await darkroom.tokens.authenticate(tokenOf(c) ?? ''))?.role === 'admin';
  } catch {
    // While the database is away there is nothing new to see, and the page goes on when it is back.
    return true;
  }
}
