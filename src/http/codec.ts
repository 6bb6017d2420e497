import { bodyLimit } from 'hono/body-limit';
import { cors } from 'hono/cors';
import { Hono } from 'hono';
import type { Context } from 'hono';
import { createMiddleware } from 'hono/factory';
import { z } from 'zod';
import type { Payload, PayloadCodec } from '@temporalio/common';
import { DarkroomError } from '../domain/failures.js';
import { requireRole } from './guards/roles.js';
import { requireSameOrigin } from './guards/same-origin.js';
import type { HttpDeps, HttpEnv } from './http-deps.js';

/** A history page of the Web UI has hundreds of payloads, each of a few KB. */
const MAX_BODY_BYTES = 10_000_000;

/** Payloads as protobuf's JSON has them: bytes in base64. */
const Payloads = z.object({
  payloads: z.array(
    z.object({
      metadata: z.record(z.string(), z.base64()).optional(),
      data: z.base64().optional(),
    }),
  ),
});

/**
 * What the Temporal Web UI asks to show encrypted payloads: `POST /codec/decode` and `/codec/encode`, for
 * administrators, from our own pages and those of TEMPORAL_UI_URL. The browser sends the cookie of the
 * session along when both are under one site, as two ports of one host are.
 */
export function codecRoutes(deps: HttpDeps): Hono<HttpEnv> {
  const routes = new Hono<HttpEnv>();
  const { payloadCodec } = deps;
  if (payloadCodec === undefined) return routes;
  routes.use(requireRole('admin'), sameOriginOrWebUi(deps));
  routes.use(
    bodyLimit({
      maxSize: MAX_BODY_BYTES,
      onError: () => {
        throw new DarkroomError('RequestTooLarge');
      },
    }),
  );
  routes.post('/decode', (c) => answer(c, (payloads) => payloadCodec.decode(payloads)));
  routes.post('/encode', (c) => answer(c, (payloads) => payloadCodec.encode(payloads)));
  return routes;
}

/** Lets the pages of the Web UI read our answers, and asks for no token before the browser may send one. */
export function codecCors({ temporalUi, payloadCodec }: HttpDeps) {
  const ui = payloadCodec === undefined ? undefined : originOf(temporalUi);
  return cors({
    origin: (origin) => (origin === ui ? origin : null),
    allowMethods: ['POST'],
    allowHeaders: ['Authorization', 'Content-Type', 'X-Namespace'],
    credentials: true,
    maxAge: 600,
  });
}

function sameOriginOrWebUi({ settings, temporalUi }: HttpDeps) {
  return createMiddleware<HttpEnv>(async (c, next) => {
    const isWebUi = temporalUi !== undefined && c.req.header('origin') === originOf(temporalUi);
    if (c.get('signedInBy') === 'session' && !isWebUi) requireSameOrigin(c, settings);
    await next();
  });
}

function originOf(url: string | undefined): string | undefined {
  return url !== undefined && URL.canParse(url) ? new URL(url).origin : undefined;
}

/** @throws DarkroomError `InvalidInput` also for what no key of ours fits, in the codec's words */
async function answer(c: Context<HttpEnv>, change: PayloadCodec['decode']): Promise<Response> {
  const asked = Payloads.safeParse(await c.req.json<unknown>().catch(() => undefined));
  if (!asked.success) throw new DarkroomError('InvalidInput', 'These are no payloads.');
  const payloads = await change(asked.data.payloads.map(fromJson)).catch((cause: unknown) => {
    throw new DarkroomError('InvalidInput', (cause as Error).message, { cause });
  });
  return c.json({ payloads: payloads.map(toJson) });
}

type JsonPayload = z.infer<typeof Payloads>['payloads'][number];

function fromJson({ metadata = {}, data = '' }: JsonPayload): Payload {
  const entries = Object.entries(metadata).map(([name, value]) => [name, bytesOf(value)]);
  return {
    metadata: Object.fromEntries(entries) as Record<string, Uint8Array>,
    data: bytesOf(data),
  };
}

function toJson({ metadata, data }: Payload): JsonPayload {
  const entries = Object.entries(metadata ?? {}).map(([name, value]) => [name, base64(value)]);
  return { metadata: Object.fromEntries(entries) as Record<string, string>, data: base64(data) };
}

function bytesOf(text: string): Uint8Array {
  return Buffer.from(text, 'base64');
}

function base64(bytes: Uint8Array | null | undefined): string {
  return Buffer.from(bytes ?? []).toString('base64');
}
