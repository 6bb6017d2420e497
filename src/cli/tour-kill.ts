import { setTimeout as wait } from 'node:timers/promises';
import type { Darkroom } from '../client.js';
import type { Supervised } from '../dev/supervisor.js';
import { counted } from '../domain/counted.js';
import { encodedVariants, variantName, type VariantName } from './encoded-variants.js';

/** What was known when the worker came back. */
export interface Killing {
  finished: Set<VariantName>;
  encodedBefore: number;
}

/** Kills the worker as a power cut does, and resolves when the next one polls. */
export async function killWorker(
  { darkroom, worker, workerLog }: { darkroom: Darkroom; worker: Supervised; workerLog: string },
  { tell, signal }: { tell: (line: string) => void; signal: AbortSignal },
): Promise<Killing> {
  const { pid, restarts } = worker;
  const killedAt = Date.now();
  worker.kill('SIGKILL');
  tell(`Killed the worker (process ${pid}, SIGKILL) in the middle of it.`);
  while (worker.restarts === restarts) await wait(20, undefined, { signal });
  const finished = await finishedVariants(darkroom);
  const encodedBefore = (await encodedVariants(workerLog)).length;
  await Promise.race([worker.whenReady(), abortedBy(signal)]);
  const seconds = ((Date.now() - killedAt) / 1000).toFixed(1);
  tell(
    `It is back as process ${worker.pid} after ${seconds} s: ${counted(finished.size, 'variant was', 'variants were')} finished.`,
  );
  tell('Temporal misses the steps that died with it within ten seconds, and hands them out again.');
  return { finished, encodedBefore };
}

/** Counts the encodes of the log against what the catalog had when the worker was killed. */
export async function whatWasRedone({ finished, encodedBefore }: Killing, workerLog: string) {
  const encoded = await encodedVariants(workerLog);
  const before = new Set(encoded.slice(0, encodedBefore));
  const after = encoded.slice(encodedBefore);
  return {
    finishedAgain: after.filter((variant) => finished.has(variant)).length,
    unfinishedAgain: after.filter((variant) => before.has(variant) && !finished.has(variant))
      .length,
  };
}

/** In every format of their tier, stored and recorded. */
async function finishedVariants(darkroom: Darkroom): Promise<Set<VariantName>> {
  const finished = new Set<VariantName>();
  for (const { id } of await darkroom.images({ limit: 500 })) {
    const image = await darkroom.image(id);
    for (const { widthPx, format } of image?.variants ?? []) {
      finished.add(variantName(id, widthPx, format));
    }
  }
  return finished;
}

function abortedBy(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
}
