import type { Context } from 'hono';
import { createMiddleware } from 'hono/factory';
import { DarkroomError } from '../domain/failures.js';
import type { HttpEnv, HttpSettings } from './http-deps.js';

/** A thousand image ids fill a twentieth of it. */
const MAX_JSON_BYTES = 1_000_000;

/**
 * The body as it comes in, refused when it brings nothing for a while.
 * @throws DarkroomError `RequestTooSlow`
 */
export async function* bodyOf(
  c: Context<HttpEnv>,
  { bodyIdleMs }: HttpSettings,
): AsyncGenerator<Uint8Array, undefined> {
  const body = c.req.raw.body as ReadableStream<Uint8Array> | null;
  const reader = body?.getReader();
  if (reader === undefined) return;
  try {
    for (;;) {
      const { done, value } = await orTooSlow(reader.read(), bodyIdleMs);
      if (done) return;
      yield value;
    }
  } finally {
    reader.cancel().catch(() => undefined);
  }
}

async function orTooSlow<T>(work: Promise<T>, idleMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const tooSlow = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new DarkroomError('RequestTooSlow')), idleMs);
  });
  const broken = (cause: unknown): never => {
    throw new DarkroomError('RequestTooSlow', 'The connection ended before the request.', {
      cause,
    });
  };
  try {
    return await Promise.race([work.catch(broken), tooSlow]);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Reads a JSON body within its limits before any route does; for those who look at its bytes too.
 * Whatever else a body is would be passed over in silence, so it is refused.
 */
export function jsonBody(settings: HttpSettings) {
  return createMiddleware<HttpEnv>(async (c, next) => {
    const text = await textOf(c, settings);
    const mediaType = c.req.header('content-type');
    if (text !== '' && !/^application\/([\w.+-]+\+)?json\b/i.test(mediaType ?? '')) {
      throw new DarkroomError('MediaTypeNotSupported', 'The body has to be application/json.');
    }
    const read = text === '' && mediaType !== undefined ? '{}' : text;
    // The type forgets that promises are kept there.
    c.req.bodyCache.text = Promise.resolve(read) as unknown as string;
    await next();
  });
}

/** The whole body. @throws DarkroomError `RequestTooLarge`, `RequestTooSlow` */
export async function textOf(c: Context<HttpEnv>, settings: HttpSettings): Promise<string> {
  if (Number(c.req.header('content-length')) > MAX_JSON_BYTES) {
    throw new DarkroomError('RequestTooLarge');
  }
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const chunk of bodyOf(c, settings)) {
    sizeBytes += chunk.length;
    if (sizeBytes > MAX_JSON_BYTES) throw new DarkroomError('RequestTooLarge');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
