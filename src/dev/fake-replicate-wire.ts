import type { ServerResponse } from 'node:http';
import { setTimeout as after } from 'node:timers/promises';
import { answers, type Whole } from './fake-replicate-answers.js';

export type Route = 'create' | 'get' | 'cancel' | 'list' | 'file' | 'secret' | 'other';

/**
 * One thing that goes wrong, used up by one call of its route (of any, when it names none). With
 * `done` the call has its effect first, and only its answer goes wrong.
 */
export type ReplicateFault = { on?: Route } & (
  | { status: number; body?: unknown; headers?: Record<string, string>; done?: boolean }
  | { delayMs: number }
  | { hang: true; done?: boolean }
  | { reset: true; done?: boolean }
);

/** What reached it, in order. */
export interface ReplicateCall {
  route: Route;
  path: string;
  atMs: number;
  /** 0 while it hangs or when it broke off. */
  status: number;
  /** Whether a token came with it. */
  authorized: boolean;
  cancelAfter?: string;
}

export function routeOf(method: string, path: string): Route {
  if (path.startsWith('/files/')) return 'file';
  if (path === '/v1/predictions') return method === 'POST' ? 'create' : 'list';
  if (path === '/v1/webhooks/default/secret') return 'secret';
  if (/^\/v1\/predictions\/[^/]+\/cancel$/.test(path) && method === 'POST') return 'cancel';
  return /^\/v1\/predictions\/[^/]+$/.test(path) ? 'get' : 'other';
}

export async function answer(
  fault: ReplicateFault | undefined,
  perform: () => Whole | Promise<Whole>,
  { call, response }: { call: ReplicateCall; response: ServerResponse },
): Promise<void> {
  const effect = fault === undefined || 'delayMs' in fault || fault.done === true;
  const whole = effect ? await perform() : undefined;
  if (fault !== undefined && 'hang' in fault) return;
  if (fault !== undefined && 'reset' in fault) return void response.socket?.resetAndDestroy();
  if (fault !== undefined && 'delayMs' in fault) await after(fault.delayMs);
  const wrong = fault !== undefined && 'status' in fault ? { body: {}, ...fault } : undefined;
  const { status, body, headers }: Whole = wrong ?? whole ?? answers.missing;
  call.status = status;
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const type = typeof body === 'string' ? 'text/html' : 'application/json';
  response.writeHead(status, { 'content-type': type, ...headers }).end(text);
}

export function pageOf(cursor: string | null, size: number): [from: number, to: number] {
  const from = cursor === null ? 0 : Number(Buffer.from(cursor, 'base64url').toString());
  return [from, from + size];
}

/** `30s`, `5m`, `1h30m45s`, `30` */
export function millis(duration: string): number {
  const units = { h: 3_600_000, m: 60_000, s: 1000 } as const;
  if (/^\d+$/.test(duration)) return Number(duration) * 1000;
  const parts = [...duration.matchAll(/(\d+)([hms])/g)];
  return parts.reduce((sum, [, n, unit]) => sum + Number(n) * units[unit as keyof typeof units], 0);
}
