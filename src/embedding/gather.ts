import type { CallOptions } from '../net/provider-api.js';

/** Long enough for what begins at the same time, too short for anybody to notice. */
const GATHER_MS = 25;

export interface Gathering {
  /** Texts a call at most. */
  most: number;
  /**
   * Makes the call; it asks for its texts when it is about to be made, because those who come while
   * it waits for its turn can still be taken along.
   */
  call: (texts: () => string[], options: CallOptions) => Promise<number[][]>;
}

interface Waiting {
  text: string;
  options: CallOptions;
  resolve: (vector: number[]) => void;
  reject: (error: Error) => void;
}

const stillWaits = ({ options }: Waiting) => options.signal?.aborted !== true;

/** Many callers with a text each, and as few calls as possible. */
export function gatherTexts({ most, call }: Gathering) {
  let waiting: Waiting[] = [];
  let underWay = false;

  const flush = async (): Promise<void> => {
    waiting = waiting.filter(stillWaits);
    if (waiting.length === 0) return again();
    let taken: Waiting[] | undefined;
    const take = (): Waiting[] => {
      if (taken !== undefined) return taken;
      waiting = waiting.filter(stillWaits);
      taken = waiting.splice(0, most);
      again();
      return taken;
    };
    const texts = () => {
      const asked = take().map(({ text }) => text);
      if (asked.length === 0) throw new Error('nobody waits for the answer');
      return asked;
    };
    using asked = signalOfAll(() => taken ?? waiting);
    try {
      const vectors = await call(texts, {
        signal: asked.signal,
        patient: waiting.every(({ options }) => options.patient),
      });
      take().forEach(({ resolve, reject }, at) => {
        const vector = vectors[at];
        if (vector === undefined) reject(new Error(`text ${at} got no vector`));
        else resolve(vector);
      });
    } catch (error) {
      // Also when it did not even come to its turn.
      for (const { reject } of take()) reject(error as Error);
    }
  };

  /** The next call is gathered as soon as this one is on its way. */
  const again = () => {
    underWay = false;
    if (waiting.length > 0) start();
  };
  const start = () => {
    if (underWay) return;
    underWay = true;
    setTimeout(() => void flush(), GATHER_MS);
  };

  return (text: string, options: CallOptions): Promise<number[]> =>
    waitingFor({ text, options }, (one) => {
      waiting.push(one);
      start();
    });
}

/** The promise of one who waits, which ends when they leave, too. */
function waitingFor(
  asked: Pick<Waiting, 'text' | 'options'>,
  enter: (one: Waiting) => void,
): Promise<number[]> {
  const { signal } = asked.options;
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason as Error);
    const leave = () => reject(signal?.reason as Error);
    signal?.addEventListener('abort', leave, { once: true });
    const done = () => signal?.removeEventListener('abort', leave);
    enter({
      ...asked,
      resolve: (vector) => (done(), resolve(vector)),
      reject: (error) => (done(), reject(error)),
    });
  });
}

/** Aborts when nobody wants the answer any more. */
function signalOfAll(members: () => Waiting[]): Disposable & { signal: AbortSignal } {
  const controller = new AbortController();
  const look = setInterval(() => {
    const all = members();
    const gone = all.every(({ options }) => options.signal?.aborted);
    if (gone && all.length > 0) controller.abort(new Error('nobody waits for the answer'));
  }, 100);
  look.unref();
  return { signal: controller.signal, [Symbol.dispose]: () => clearInterval(look) };
}
