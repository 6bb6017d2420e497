import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { outputOf, sendFile } from './fake-replicate-output.js';
import { isBilled, placed, shown, standingOf } from './fake-replicate-predictions.js';
import type { FakePrediction, Order, Outcome } from './fake-replicate-predictions.js';
import { answers, refusalOf, type Whole } from './fake-replicate-answers.js';
import {
  answer,
  millis,
  pageOf,
  routeOf,
  type ReplicateCall,
  type ReplicateFault,
  type Route,
} from './fake-replicate-wire.js';
import { deliver } from './fake-replicate-webhooks.js';
import { readJson } from './read-json.js';

/** A prediction as the bill has it. */
export interface LedgerEntry {
  id: string;
  /** Of the webhook's address; absent when there is none. */
  generationId?: string;
  attempt?: number;
  prompt: unknown;
  seed: unknown;
  version: string;
  status: string;
  billed: boolean;
}

export interface FakeReplicate extends AsyncDisposable {
  readonly baseUrl: string;
  readonly calls: ReplicateCall[];
  /** Every prediction that was ever made, whoever heard of it. */
  ledger(): LedgerEntry[];
  /** The next calls fail so, one after the other. */
  fail(...faults: ReplicateFault[]): void;
  /** The next predictions go so, one after the other. */
  next(...outcomes: Outcome[]): void;
  /** All predictions go so until it is told otherwise. */
  always(outcome: Outcome): void;
  /** Time passes for it. */
  advance(ms: number): void;
  /** Forgets predictions, calls, faults and how things were to go. */
  reset(): void;
}

const MAX_BODY_BYTES = 5_000_000;

export const FAKE_REPLICATE_TOKEN = 'r8_fakeTokenOfNobody0123456789';
export const FAKE_WEBHOOK_SECRET = `whsec_${Buffer.alloc(32, 'darkroom').toString('base64')}`;

/** What makes a Darkroom ask it; its pictures are on this machine. */
export function fakeReplicateSettings({ baseUrl }: Pick<FakeReplicate, 'baseUrl'>) {
  return {
    GENERATION_PROVIDER: 'replicate',
    REPLICATE_BASE_URL: baseUrl,
    REPLICATE_API_TOKEN: FAKE_REPLICATE_TOKEN,
    ALLOW_PRIVATE_URLS: '1',
  };
}

export interface FakeReplicateSettings {
  port?: number;
  /** Predictions a page of its list. */
  pageSize?: number;
}

/**
 * A provider that speaks Replicate's protocol over HTTP and paints what the prompt says: for tests, for
 * chaos, and to try things out. It keeps a ledger, fails on demand, and has a clock that can be moved.
 */
export async function startFakeReplicate(
  settings: FakeReplicateSettings = {},
): Promise<FakeReplicate> {
  const fake = new Fake(settings.pageSize ?? 100);
  const server = createServer((request, response) => {
    fake.respond(request, response).catch(() => response.destroy());
  });
  server.listen(settings.port ?? 0, '127.0.0.1');
  await once(server, 'listening');
  fake.origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return Object.assign(fake, {
    [Symbol.asyncDispose]: async () => {
      fake.reset();
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  });
}

class Fake implements Omit<FakeReplicate, typeof Symbol.asyncDispose> {
  origin = '';
  readonly calls: ReplicateCall[] = [];
  readonly #predictions = new Map<string, FakePrediction>();
  readonly #timers = new Map<string, NodeJS.Timeout>();
  #faults: ReplicateFault[] = [];
  #outcomes: Outcome[] = [];
  #usual: Outcome = {};
  #aheadMs = 0;

  readonly #pageSize: number;

  constructor(pageSize: number) {
    this.#pageSize = pageSize;
  }

  get baseUrl(): string {
    return `${this.origin}/v1`;
  }

  get nowMs(): number {
    return Date.now() + this.#aheadMs;
  }

  fail = (...faults: ReplicateFault[]) => void this.#faults.push(...faults);
  next = (...outcomes: Outcome[]) => void this.#outcomes.push(...outcomes);
  always = (outcome: Outcome) => {
    this.#usual = outcome;
  };

  advance = (ms: number) => {
    this.#aheadMs += ms;
    for (const id of this.#timers.keys()) this.#watch(id);
  };

  reset = () => {
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
    this.#predictions.clear();
    this.calls.length = 0;
    [this.#faults, this.#outcomes, this.#usual, this.#aheadMs] = [[], [], {}, 0];
  };

  ledger = (): LedgerEntry[] =>
    [...this.#predictions.values()].map((prediction) => {
      const { id, version, input, webhook } = prediction;
      const [, generationId, attempt] = /\/([^/]+)\/(\d+)$/.exec(webhook ?? '') ?? [];
      return {
        id,
        ...(generationId !== undefined && { generationId, attempt: Number(attempt) }),
        ...{ prompt: input.prompt, seed: input.seed, version },
        status: standingOf(prediction, this.nowMs).status,
        billed: isBilled(prediction, this.nowMs),
      };
    });

  async respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', this.origin);
    const body = await readJson(request, MAX_BODY_BYTES);
    if (!/^\/(v1|files)\//.test(url.pathname)) return this.#control(url.pathname, body, response);
    const { authorization, 'cancel-after': cancelAfter } = request.headers;
    const route = routeOf(request.method ?? '', url.pathname);
    const call: ReplicateCall = {
      ...{ route, path: `${url.pathname}${url.search}`, atMs: Date.now(), status: 0 },
      authorized: authorization !== undefined,
      ...(typeof cancelAfter === 'string' && { cancelAfter }),
    };
    this.calls.push(call);
    const refused =
      route !== 'file' && authorization !== `Bearer ${FAKE_REPLICATE_TOKEN}`
        ? answers.unauthenticated
        : undefined;
    const perform = () => refused ?? this.#perform(call, url, body);
    const fault = this.#faultFor(route);
    if (fault === undefined && route === 'file') {
      response.on('finish', () => (call.status = response.statusCode));
      return sendFile(this.#fileOf(url.pathname), response);
    }
    await answer(fault, perform, { call, response });
  }

  #faultFor(route: Route): ReplicateFault | undefined {
    const at = this.#faults.findIndex(({ on }) => on === undefined || on === route);
    return at < 0 ? undefined : this.#faults.splice(at, 1)[0];
  }

  async #perform(call: ReplicateCall, url: URL, body: Record<string, unknown>): Promise<Whole> {
    const id = url.pathname.split('/')[3] ?? '';
    const prediction = this.#predictions.get(id);
    switch (call.route) {
      case 'create': {
        const refusal = refusalOf(body, call.cancelAfter);
        return refusal ?? { status: 201, body: await this.#create(body, call.cancelAfter) };
      }
      case 'get':
        return prediction ? { status: 200, body: await this.#show(prediction) } : answers.missing;
      case 'cancel': {
        if (prediction === undefined) return answers.missing;
        const { completedMs } = standingOf(prediction, this.nowMs);
        if (completedMs === undefined) prediction.canceledMs = this.nowMs;
        this.#watch(id);
        return { status: 200, body: await this.#show(prediction) };
      }
      case 'list':
        return { status: 200, body: await this.#page(url.searchParams) };
      case 'secret':
        return { status: 200, body: { key: FAKE_WEBHOOK_SECRET } };
      case 'file':
      case 'other':
        return answers.missing;
    }
  }

  async #create(body: Record<string, unknown>, cancelAfter: string | undefined) {
    const { version, input, webhook } = body as unknown as Order;
    const cancelAfterMs = cancelAfter === undefined ? {} : { cancelAfterMs: millis(cancelAfter) };
    const order = { version, input, ...(webhook && { webhook }), ...cancelAfterMs };
    const prediction = placed(order, this.#outcomes.shift() ?? this.#usual, this.nowMs);
    this.#predictions.set(prediction.id, prediction);
    if (prediction.outcome.webhook === 'early' && webhook) this.#tell(prediction);
    this.#watch(prediction.id);
    return this.#show(prediction);
  }

  #show(prediction: FakePrediction) {
    const { nowMs, baseUrl } = this;
    return outputOf(prediction, `${this.origin}/files`).then((output) =>
      shown(prediction, { nowMs, baseUrl }, output),
    );
  }

  async #page(query: URLSearchParams) {
    const since = Date.parse(query.get('created_after') ?? '1970-01-01');
    const [from, to] = pageOf(query.get('cursor'), this.#pageSize);
    const all = [...this.#predictions.values()].filter(({ createdMs }) => createdMs >= since);
    // Of the same millisecond too: the newest first.
    const page = all.reverse().slice(from, to);
    const cursor = `cursor=${Buffer.from(String(to)).toString('base64url')}`;
    const more = `${this.baseUrl}/predictions?created_after=${query.get('created_after')}&${cursor}`;
    return {
      previous: null,
      next: to < all.length ? more : null,
      results: await Promise.all(page.map((prediction) => this.#show(prediction))),
    };
  }

  #fileOf(path: string): FakePrediction | undefined {
    const prediction = this.#predictions.get(path.split('/')[2] ?? '');
    if (prediction === undefined) return undefined;
    const { status, forgotten } = standingOf(prediction, this.nowMs);
    return status === 'succeeded' && !forgotten ? prediction : undefined;
  }

  /** Looks again when something is to happen to it; tells of its end once. */
  #watch(id: string): void {
    clearTimeout(this.#timers.get(id));
    this.#timers.delete(id);
    const prediction = this.#predictions.get(id);
    if (prediction?.webhook === undefined) return;
    if (standingOf(prediction, this.nowMs).completedMs !== undefined) return this.#tell(prediction);
    this.#timers.set(id, setTimeout(() => this.#watch(id), 10).unref());
  }

  #tell(prediction: FakePrediction): void {
    const { webhook: url = '', outcome } = prediction;
    const secret = FAKE_WEBHOOK_SECRET;
    const how = outcome.webhook ?? 'usual';
    void this.#show(prediction).then((body) => deliver(url, body, { secret, how }));
  }

  /** For who works with it from another process. */
  #control(path: string, body: Record<string, unknown>, response: ServerResponse): void {
    if (path === '/faults') this.fail(...((body.faults as ReplicateFault[] | undefined) ?? []));
    if (path === '/outcomes') this.next(...((body.outcomes as Outcome[] | undefined) ?? []));
    if (path === '/advance') this.advance(Number(body.ms));
    const told = JSON.stringify({ ledger: this.ledger(), calls: this.calls });
    response.writeHead(200, { 'content-type': 'application/json' }).end(told);
  }
}
