import type { CallOptions } from '../net/provider-api.js';

/** Long enough for what begins at the same time, too short for anybody to notice. */
const GATHER_MS = 25;

/** How soon it is noticed that nobody wants the answer any more. */
const LOOK_MS = 100;

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
  let line: Waiting[] = [];
  /** A call is to come that takes along whoever is in the line by then. */
  let isComing = false;

  const comeSoon = () => {
    if (isComing) return;
    isComing = true;
    setTimeout(() => void makeCall({ call, line: () => line, take, enter }), GATHER_MS);
  };

  const enter = (one: Waiting) => {
    line.push(one);
    comeSoon();
  };

  /** For the call that is coming; whoever is left over, or joins from now on, gets the next one. */
  const take = (): Waiting[] => {
    line = line.filter(stillWaits);
    const taken = line.splice(0, most);
    isComing = false;
    if (line.length > 0) comeSoon();
    return taken;
  };

  return (text: string, options: CallOptions): Promise<number[]> =>
    waitingFor({ text, options }, enter);
}

interface Calling {
  call: Gathering['call'];
  line: () => Waiting[];
  take: () => Waiting[];
  enter: (one: Waiting) => void;
}

/** Makes one call and answers everybody whose text it took. */
async function makeCall({ call, line, take, enter }: Calling): Promise<void> {
  let taken: Waiting[] | undefined;
  const members = () => (taken ??= take());
  if (!line().some(stillWaits)) return void members();
  const texts = () => {
    if (members().length === 0) throw new Error('nobody waits for the answer');
    return members().map(({ text }) => text);
  };
  using wanted = signalOfAll(() => taken ?? line());
  try {
    const vectors = await call(texts, {
      signal: wanted.signal,
      patient: line().every(({ options }) => options.patient),
    });
    members().forEach(({ resolve, reject }, at) => {
      const vector = vectors[at];
      if (vector === undefined) reject(new Error(`text ${at} got no vector`));
      else resolve(vector);
    });
  } catch (error) {
    // Also when it did not even come to its turn.
    for (const one of members()) {
      // Called off for those before, in the moment in which this one came.
      if (wanted.signal.aborted && stillWaits(one)) enter(one);
      else one.reject(error as Error);
    }
  }
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
  }, LOOK_MS);
  look.unref();
  return { signal: controller.signal, [Symbol.dispose]: () => clearInterval(look) };
}
