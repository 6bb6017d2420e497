import type { Catalog } from '../catalog/catalog.js';
import type { ProviderSettings } from '../config/provider-variables.js';
import { DarkroomError } from '../domain/failures.js';
import { TASK_QUEUES } from '../domain/ids.js';
import { usualRate, type ProviderStep } from '../open/providers.js';

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

const LIMITED: Record<string, ProviderStep> = {
  [TASK_QUEUES.metadata]: 'metadata',
  [TASK_QUEUES.embedding]: 'embedding',
};

export function limits(catalog: Pick<Catalog, 'limits'>, settings: ProviderSettings): Limits {
  const list = async (): Promise<QueueLimit[]> => {
    const set = await catalog.limits.rates();
    return Object.entries(LIMITED).map(([queue, step]) => {
      const usual = usualRate(settings, step);
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
  if (Object.hasOwn(LIMITED, queue)) return queue;
  const all: string[] = Object.values(TASK_QUEUES);
  const limited = Object.keys(LIMITED).join(' and ');
  if (!all.includes(queue)) {
    throw new DarkroomError('QueueNotFound', `There is no queue ${name}: try ${limited}.`);
  }
  throw new DarkroomError(
    'InvalidInput',
    `${queue} calls no provider, so it has no rate limit; ${limited} have one.`,
  );
}

function checkRate(rate: number): void {
  if (Number.isInteger(rate) && rate >= 1 && rate <= MOST_PER_MINUTE) return;
  throw new DarkroomError(
    'InvalidInput',
    `A rate must be a whole number of calls a minute from 1 to ${MOST_PER_MINUTE}, not ${rate}.`,
  );
}
