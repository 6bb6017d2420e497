import { Context } from '@temporalio/activity';
import type { ApplicationFailure } from '@temporalio/common';
import { describe, expect, it } from 'vitest';
import { FailureBoundary } from '../../src/activities/failure-boundary.js';
import { workingOn } from '../../src/activities/working-on.js';
import { DarkroomError, type FailureKind } from '../../src/domain/failures.js';
import { activityEnvironment } from './open-deps.js';

/** What Temporal is told when an attempt fails so after so many that counted. */
async function failing(kind: FailureKind, counted: number): Promise<ApplicationFailure> {
  const environment = activityEnvironment({ heartbeatDetails: { counted } });
  const failure: unknown = await environment
    .run(async () => {
      const boundary = new FailureBoundary(Context.current());
      await boundary.execute({ args: [], headers: {} }, async () => {
        workingOn({ original: 'originals/a' });
        throw new DarkroomError(kind);
      });
    })
    .catch((error: unknown) => error);
  return failure as ApplicationFailure;
}

describe('the tries that a failure has', () => {
  it.each<[FailureKind, number, boolean]>([
    ['EncoderCrashed', 1, false],
    ['EncoderCrashed', 2, true],
    ['StorageGone', 2, false],
    ['StorageGone', 8, false],
    ['StorageGone', 9, true],
    ['StorageUnavailable', 59, false],
    ['EncoderUnavailable', 59, false],
    ['NotAnImage', 0, true],
  ])('of %s after %d that counted: final %s', async (kind, counted, final) => {
    await expect(failing(kind, counted)).resolves.toMatchObject({
      ...{ type: kind, nonRetryable: final },
      details: [expect.any(String), { original: 'originals/a' }],
    });
  });
});
