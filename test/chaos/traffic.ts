import { randomNumbers } from '../../src/imaging/noise.js';
import type { Fate } from '../support/tampering-proxy.js';
import type { History } from './history.js';
import { fateOf, type FaultKind, type StorageFault } from './schedule.js';

const SLOW_MS = 2_000;

/** What can be done to requests to a storage that bring nothing, and to those that fetch something. */
const OF_OTHERS = new Set<StorageFault>(['storageUnavailable', 'storageSlow']);
const OF_READS = new Set<StorageFault>([...OF_OTHERS, 'storageTruncated']);

const PROVIDER_FATES: readonly Fate[] = [
  { kind: 'answer', status: 500 },
  { kind: 'answer', status: 429, headers: { 'retry-after': '1' } },
  { kind: 'late', byMs: SLOW_MS },
  { kind: 'lose answer' },
  { kind: 'cut', afterBytes: 20 },
];

/** The requests of a run, some of which come to grief: which, the seed says. */
export interface Traffic {
  toS3(line: string): Fate;
  toProvider(line: string): Fate;
  /** A chaos worker's question about a request to its store. */
  fromWorker(message: unknown, answer: (reply: object) => void): void;
  /** From here on everything goes through. */
  calm(): void;
}

interface Question {
  id: number;
  request: string;
  key: string;
}

export interface TrafficSettings {
  seed: number;
  /** How many there are to come, from which the number of requests is guessed. */
  images: number;
  storageFaults: readonly StorageFault[];
  storagePercent: number;
  providerPercent: number;
  history: History;
  landed: Record<FaultKind, number>;
}

export function openTraffic(settings: TrafficSettings): Traffic {
  const { seed, images, storageFaults, storagePercent, providerPercent } = settings;
  const { history, landed } = settings;
  const times = new Map<string, number>();
  const certain = {
    writes: certainly(seed, storagePercent, images * 3, storageFaults),
    calls: certainly(seed + 1, providerPercent, images, PROVIDER_FATES),
  };
  const count = { writes: 0, calls: 0 };
  let calm = false;

  /** What it is about decides, and how often that was asked: not which worker asks, nor when. */
  function draw<T>(words: string, percent: number, fates: readonly T[]): T | undefined {
    const nth = (times.get(words) ?? 0) + 1;
    times.set(words, nth);
    return calm ? undefined : fateOf(seed, `${words} ${nth}`, percent, fates);
  }

  function take<T>(from: Map<number, T>, nth: number): T | undefined {
    return calm ? undefined : from.get(nth);
  }

  function storageFate(request: string, key: string): StorageFault | undefined {
    const writes = request === 'write' || request === 'PUT';
    const reads = request === 'read' || request === 'GET';
    const kinds = storageFaults.filter(
      (kind) => writes || (reads ? OF_READS : OF_OTHERS).has(kind),
    );
    const fate =
      (writes ? take(certain.writes, (count.writes += 1)) : undefined) ??
      draw(`${request} ${key}`, storagePercent, kinds);
    if (fate === undefined) return undefined;
    landed[fate] += 1;
    history.note(fate, { request, key });
    return fate;
  }

  return {
    toS3: (line) => {
      const [request = '', path = ''] = line.split(' ');
      return s3Fate(storageFate(request, path), request);
    },
    toProvider: (line) => {
      const fate =
        take(certain.calls, (count.calls += 1)) ?? draw(line, providerPercent, PROVIDER_FATES);
      if (fate === undefined) return { kind: 'pass' };
      landed.providerFault += 1;
      history.note('providerFault', { line, fate });
      return fate;
    },
    fromWorker: (message, answer) => {
      const { id, request, key } = message as Question;
      const fate = storageFate(request, key);
      answer({ id, ...(fate !== undefined && { fate }) });
    },
    calm: () => {
      calm = true;
    },
  };
}

/** Chance may leave a fault out of a short run: each of them comes once for sure, at some request. */
function certainly<T>(
  seed: number,
  percent: number,
  requests: number,
  fates: readonly T[],
): Map<number, T> {
  if (percent === 0) return new Map();
  const random = randomNumbers(seed);
  const step = Math.max(1, Math.floor(requests / fates.length));
  return new Map(fates.map((fate, at) => [at * step + Math.ceil(random() * step), fate]));
}

function s3Fate(fault: StorageFault | undefined, request: string): Fate {
  switch (fault) {
    case undefined:
      return { kind: 'pass' };
    case 'storageUnavailable':
      return { kind: 'answer', status: 503, code: 'SlowDown' };
    case 'storageSlow':
      return { kind: 'late', byMs: SLOW_MS };
    case 'storageTruncated':
      return request === 'PUT' ? { kind: 'half' } : { kind: 'cut', afterBytes: 1000 };
    case 'storageStoredThenTimeout':
      return { kind: 'lose answer' };
  }
}
