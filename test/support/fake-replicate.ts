import { afterAll, afterEach, beforeAll } from 'vitest';
import {
  startFakeReplicate,
  type FakeReplicate,
  type FakeReplicateSettings,
} from '../../src/dev/fake-replicate.js';

/** A Replicate for the tests of a file, which forgets everything after each. */
export function useFakeReplicate(settings?: FakeReplicateSettings): FakeReplicate {
  let fake: FakeReplicate;
  beforeAll(async () => {
    fake = await startFakeReplicate(settings);
  });
  afterEach(() => fake.reset());
  afterAll(() => fake[Symbol.asyncDispose]());
  return {
    get baseUrl() {
      return fake.baseUrl;
    },
    get calls() {
      return fake.calls;
    },
    ledger: () => fake.ledger(),
    fail: (...faults) => fake.fail(...faults),
    next: (...outcomes) => fake.next(...outcomes),
    always: (outcome) => fake.always(outcome),
    advance: (ms) => fake.advance(ms),
    reset: () => fake.reset(),
    [Symbol.asyncDispose]: () => fake[Symbol.asyncDispose](),
  };
}
