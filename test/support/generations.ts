import { vi } from 'vitest';
import type { GenerationRequest, GenerationView } from '../../src/client.js';
import type { GenerationStatus } from '../../src/domain/generation.js';
import { generationWorkflowId } from '../../src/domain/ids.js';
import type { Pipeline } from './pipeline.js';

/** What pictures are made with in tests: nobody waits two seconds to see whether one is there. */
export const QUICK = {
  predictionPace: { firstPollMs: 50, longestPollMs: 200, lookMs: 25, firstRetryMs: 50 },
};

/** Asks for one small picture and gives its id. */
export async function ask(
  { darkroom }: Pipeline,
  more: Partial<GenerationRequest> = {},
): Promise<string> {
  const request = { prompt: 'a red door', ownerId: 'ann', width: 96, height: 64, ...more };
  const [added] = await darkroom.generate(request);
  if (added === undefined) throw new Error('nothing was asked for');
  return added.id;
}

export async function shown({ darkroom }: Pipeline, id: string): Promise<GenerationView> {
  const view = await darkroom.generation(id);
  if (view === undefined) throw new Error(`there is no generation ${id}`);
  return view;
}

/** Resolves with it when it has ended. */
export async function ended({ darkroom }: Pipeline, id: string): Promise<GenerationView> {
  const changes = darkroom.watchGeneration(id);
  for (;;) {
    const next = await changes.next();
    if (next.done === true) return next.value;
  }
}

/** Resolves when it has got so far. */
export async function until(
  pipeline: Pipeline,
  id: string,
  is: GenerationStatus | ((view: GenerationView) => boolean),
): Promise<void> {
  const matches = typeof is === 'function' ? is : ({ status }: GenerationView) => status === is;
  await vi.waitUntil(async () => matches(await shown(pipeline, id)), { timeout: 30_000 });
}

/** Resolves when the workflow has ended, whichever way; what it ended as. */
export async function workflowEnd({ temporal }: Pipeline, id: string): Promise<string> {
  const handle = temporal.workflow.getHandle(generationWorkflowId(id));
  await handle.result().catch(() => undefined);
  return (await handle.describe()).status.name;
}
