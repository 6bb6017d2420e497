import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { STEPS } from '../../src/domain/image.js';
import { mergeRequests, type ProcessRequest } from '../../src/domain/process-request.js';

const request = fc.record(
  { steps: fc.subarray([...STEPS]), force: fc.boolean() },
  { requiredKeys: [] },
);

function asksFor({ steps = [...STEPS], force = false }: ProcessRequest): string[] {
  return steps.map((step) => `${step}${force ? ', again' : ''}`);
}

describe('mergeRequests', () => {
  it('asks for every step that either asks for, in the order of the pipeline', () => {
    expect(mergeRequests({ steps: ['embedding'] }, { steps: ['variants'] }).steps).toEqual([
      'variants',
      'embedding',
    ]);
    expect(mergeRequests({ steps: ['embedding'] }, {}).steps).toEqual([...STEPS]);
  });

  it('never asks for less than either', () => {
    fc.assert(
      fc.property(request, request, (earlier, later) => {
        const merged = mergeRequests(earlier, later);
        for (const one of [earlier, later]) {
          const wanted = asksFor({ ...one, force: merged.force ?? false });
          expect(asksFor(merged)).toEqual(expect.arrayContaining(wanted));
          expect(merged.force).toBe(Boolean(earlier.force) || Boolean(later.force));
        }
      }),
    );
  });

  it('belongs to the later run', () => {
    expect(mergeRequests({ id: 'a', runId: '1' }, { id: 'b', runId: '2' })).toMatchObject({
      id: 'b',
      runId: '2',
    });
  });
});
