import { problemsOf } from '../domain/check-generation.js';
import type { WaitingGeneration } from '../catalog/requests.js';
import type { Looking } from './bridge.js';
import { startPage } from './start-page.js';

/** Starts a page of the generations that wait; what cannot be tried fails with every problem. */
export function startGenerations(bridge: Looking, without: string[]): Promise<boolean> {
  const { requests, work } = bridge;
  return startPage(bridge, without, {
    read: (page) => requests.waitingGenerations(page),
    start: async (row) => {
      const problems = problemsWith(row);
      if (problems.length > 0) return refuse(bridge, row.id, problems.join(' '));
      // In this order: a bridge that dies in between leaves a row that is started again, which the
      // id of its workflow makes the same start.
      await work.startGeneration(row.generation);
      await requests.markDispatched(row.id);
    },
  });
}

function problemsWith({ generation, unreadable }: WaitingGeneration): string[] {
  return [...(unreadable === undefined ? [] : [unreadable]), ...problemsOf(generation)];
}

async function refuse({ requests, work }: Looking, id: string, message: string): Promise<void> {
  if (!(await requests.fail(id, { kind: 'InvalidInput', message }))) return;
  for (const due of await requests.eventsOf(id)) await work.startDelivery(due);
}
