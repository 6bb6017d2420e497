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
      if (problems.length > 0) {
        await requests.fail(row.id, { kind: 'InvalidInput', message: problems.join(' ') });
        return;
      }
      // In this order: a bridge that dies in between leaves a row that is started again, which the
      // id of its workflow makes the same start.
      await work.startGeneration(row);
      await requests.markDispatched(row.id);
    },
  });
}

function problemsWith({ asked, unreadable }: WaitingGeneration): string[] {
  return [...(unreadable === undefined ? [] : [unreadable]), ...problemsOf(asked)];
}
