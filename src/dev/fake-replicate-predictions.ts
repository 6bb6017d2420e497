import { randomBytes } from 'node:crypto';

/** How a prediction goes, where that is not the usual way. */
export interface Outcome {
  /** In the state `starting`, then in `processing`. */
  startMs?: number;
  runMs?: number;
  /** `never` stays `processing`; a word that nobody knows is shown as its status for ever. */
  ends?: 'succeeded' | 'failed' | 'aborted' | 'never' | (string & {});
  error?: unknown;
  logs?: string;
  output?: 'list' | 'text' | 'object' | 'data' | 'null' | 'empty';
  /** What is wrong with the file. */
  file?: 'truncated' | 'oversized' | 'page' | 'missing' | 'forbidden' | 'elsewhere' | 'broken';
  webhook?: 'usual' | 'twice' | 'forged' | 'stale' | 'early' | 'late' | 'never';
}

/** What was asked for. */
export interface Order {
  version: string;
  input: Record<string, unknown>;
  webhook?: string;
  cancelAfterMs?: number;
}

export interface FakePrediction extends Order {
  id: string;
  createdMs: number;
  startMs: number;
  runMs: number;
  outcome: Outcome;
  canceledMs?: number;
}

/** Replicate forgets what it was given and what it made after so long. */
const FORGETS_MS = 3_600_000;

export function placed(order: Order, outcome: Outcome, nowMs: number): FakePrediction {
  const { startMs = 20, runMs = 100 } = outcome;
  return { ...order, id: newId(), createdMs: nowMs, startMs, runMs, outcome };
}

/** 26 letters and digits, as Replicate has them. */
function newId(): string {
  const alphabet = 'abcdefghjkmnpqrstvwxyz0123456789';
  return Array.from(randomBytes(26), (byte) => alphabet[byte % 32]).join('');
}

export interface Standing {
  status: string;
  /** 0 to 1 of its run. */
  share: number;
  startedMs?: number;
  completedMs?: number;
  forgotten: boolean;
}

/** What a prediction is at a time: nothing happens to it but time and being cancelled. */
export function standingOf(prediction: FakePrediction, nowMs: number): Standing {
  const { createdMs, startMs, runMs, outcome, cancelAfterMs } = prediction;
  const { ends = 'succeeded' } = outcome;
  const startedMs = createdMs + startMs;
  const deadlineMs = cancelAfterMs === undefined ? Infinity : createdMs + cancelAfterMs;
  const stoppedMs = Math.min(prediction.canceledMs ?? Infinity, deadlineMs);
  const known = ends === 'succeeded' || ends === 'failed' || ends === 'aborted';
  const endMs = known ? startedMs + (ends === 'aborted' ? 0 : runMs) : Infinity;
  const completedMs = Math.min(endMs, stoppedMs);
  const began = startedMs < Math.min(stoppedMs, nowMs + 1) && ends !== 'aborted';
  const share = Math.min(1, Math.max(0, (nowMs - startedMs) / Math.max(1, runMs)));
  const done = nowMs >= completedMs;
  const forgotten = nowMs >= completedMs + FORGETS_MS;
  const running = { share, ...(began && { startedMs }), forgotten };
  if (!done) {
    const under = ends === 'never' || known ? 'processing' : ends;
    return { ...running, status: began ? under : 'starting' };
  }
  if (endMs <= stoppedMs) return { ...running, status: ends, completedMs };
  const stopped = startedMs >= stoppedMs && prediction.canceledMs === undefined;
  return { ...running, status: stopped ? 'aborted' : 'canceled', completedMs };
}

/** As `GET /v1/predictions/ID` shows it. @param output what is to be shown when it succeeded */
export function shown(
  prediction: FakePrediction,
  { nowMs, baseUrl }: { nowMs: number; baseUrl: string },
  output: unknown,
): Record<string, unknown> {
  const { id, version, input, webhook, createdMs, outcome, runMs } = prediction;
  const standing = standingOf(prediction, nowMs);
  const { status, startedMs, completedMs, forgotten, share } = standing;
  const [name, hash] = /^[0-9a-f]{64}$/.test(version) ? [undefined, version] : version.split(':');
  const ended = completedMs !== undefined;
  return {
    id,
    model: name ?? 'somebody/something',
    version: hash ?? 'hidden',
    input: forgotten ? {} : echoed(input),
    logs: forgotten ? '' : (outcome.logs ?? logsOf(share)),
    output: status === 'succeeded' && !forgotten ? output : null,
    data_removed: forgotten,
    error: status === 'failed' ? (outcome.error ?? 'CUDA error: device lost') : null,
    ...{ source: 'api', status },
    created_at: new Date(createdMs).toISOString(),
    ...(startedMs !== undefined && { started_at: new Date(startedMs).toISOString() }),
    ...(ended && { completed_at: new Date(completedMs).toISOString() }),
    ...(ended && startedMs !== undefined && { metrics: { predict_time: runMs / 1000 } }),
    ...(webhook !== undefined && { webhook, webhook_events_filter: ['completed'] }),
    urls: {
      get: `${baseUrl}/predictions/${id}`,
      cancel: `${baseUrl}/predictions/${id}/cancel`,
      web: `https://replicate.com/p/${id}`,
    },
  };
}

/** Data URLs are not kept. */
function echoed(input: Record<string, unknown>): Record<string, unknown> {
  const isData = (value: unknown) => typeof value === 'string' && value.startsWith('data:');
  return Object.fromEntries(Object.entries(input).filter(([, value]) => !isData(value)));
}

/** As `tqdm` writes them. */
function logsOf(share: number): string {
  const steps = Array.from({ length: Math.floor(share * 10) + 1 }, (_, step) => {
    const percent = `${step * 10}%`.padStart(4);
    return `${percent}|${'█'.repeat(step).padEnd(10)}| ${step * 2}/20 [00:00<00:01, 19.8it/s]`;
  });
  return `Using seed: 42\n${steps.join('\r')}`;
}

/** What Replicate charges for: what began. */
export function isBilled(prediction: FakePrediction, nowMs: number): boolean {
  return standingOf(prediction, nowMs).startedMs !== undefined;
}
