import { setMaxListeners } from 'node:events';
import { createMiddleware } from 'hono/factory';
import type { HttpEnv } from '../http-deps.js';

/** A page that listens to events would keep a stopping server up; its stream ends with the server. */
export function endlessAnswers(stopping: AbortSignal | undefined) {
  // Every stream listens to it, and they may be many.
  if (stopping !== undefined) setMaxListeners(0, stopping);
  return createMiddleware<HttpEnv>(async (c, next) => {
    await next();
    const isEndless = c.res.headers.get('content-type')?.startsWith('text/event-stream');
    if (!isEndless || stopping === undefined || c.res.body === null) return;
    const through = new TransformStream<Uint8Array, Uint8Array>();
    c.res.body.pipeTo(through.writable, { signal: stopping }).catch(() => undefined);
    c.res = new Response(through.readable, c.res);
  });
}
