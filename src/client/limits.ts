import type { Catalog } from '../catalog/catalog.js';
import type { GenerationSettings } from '../config/generation-variables.js';
import type { ProviderSettings } from '../config/provider-variables.js';
import { DarkroomError } from '../domain/failures.js';
import { TASK_QUEUES } from '../domain/ids.js';
import { usualRate } from '../open/providers.js';

/** How often the provider behind a queue may be called. */
export interface QueueLimit {
  queue: string;
  /** By all workers together; absent: no limit. */
  ratePerMinute?: number;
  /** What holds when nothing is set while it runs; absent: no limit. */
  usualRatePerMinute?: number;
}

export interface Limits {
  list(): Promise<QueueLimit[]>;
  /**
   * From the next second on, without a restart, and for as long as nobody sets another one; `null` is
   * what the configuration says.
   * @param queue `darkroom-metadata`, or `metadata` for short
   * @throws DarkroomError `InvalidInput`, `QueueNotFound`
   */
  set(queue: string, ratePerMinute: number | null): Promise<QueueLimit>;
}

const MOST_PER_MINUTE = 100_000;

type Settings = ProviderSettings & Pick<GenerationSettings, 'generationRate'>;

/** What the configuration says, by the queue whose work calls a provider. */
const USUAL: Record<string, (settings: Settings) => number | undefined> = {
  [TASK_QUEUES.metadata]: (settings) => usualRate(settings, 'metadata'),
  [TASK_QUEUES.embedding]: (settings) => usualRate(settings, 'embedding'),
  [TASK_QUEUES.generation]: ({ generationRate }) => generationRate,
};

export function limits(catalog: Pick<Catalog, 'limits'>, settings: Settings): Limits {
  const list = async (): Promise<QueueLimit[]> => {
    const set = await catalog.limits.rates();
    return Object.entries(USUAL).map(([queue, usualOf]) => {
      const usual = usualOf(settings);
      const rate = set.get(queue) ?? usual;
      return {
        queue,
        ...(rate !== undefined && { ratePerMinute: rate }),
        ...(usual !== undefined && { usualRatePerMinute: usual }),
      };
    });
  };
  return {
    list,
    set: async (name, ratePerMinute) => {
      const queue = limitedQueue(name);
      if (ratePerMinute !== null) checkRate(ratePerMinute);
      await catalog.limits.setRate(queue, ratePerMinute);
      const changed = (await list()).find((it) => it.queue === queue);
      return changed ?? { queue };
    },
  };
}

/** By its name or the end of it. */
function limitedQueue(name: string): string {
  const queue = name.startsWith('darkroom') ? name : `darkroom-${name}`;
  if (Object.hasOwn(USUAL, queue)) return queue;
  const all: string[] = Object.values(TASK_QUEUES);
  const limited = Object.keys(USUAL).join(', ');
  if (!all.includes(queue)) {
    throw new DarkroomError('QueueNotFound', `There is no queue ${name}: there are ${limited}.`);
  }
  throw new DarkroomError(
    'InvalidInput',
    `${queue} calls no provider, so it has no rate limit. These have one: ${limited}.`,
  );
}

function checkRate(rate: number): void {
  if (Number.isInteger(rate) && rate >= 1 && rate <= MOST_PER_MINUTE) return;
  throw new DarkroomError(
    'InvalidInput',
    `A rate must be a whole number of calls a minute from 1 to ${MOST_PER_MINUTE}, not ${rate}.`,
  );
}
