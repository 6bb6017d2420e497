import { afterAll, afterEach, beforeAll } from 'vitest';
import type { PictureMakers } from '../../src/activities/deps.js';
import {
  FAKE_REPLICATE_TOKEN,
  fakeReplicateSettings,
  startFakeReplicate,
  type FakeReplicate,
  type FakeReplicateSettings,
} from '../../src/dev/fake-replicate.js';
import { openReplicate } from '../../src/generation/replicate.js';

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

/** It makes every picture, and is waited for less long than the real one. */
export function makersOf(fake: FakeReplicate, find: { settleMs: number }): PictureMakers {
  const { REPLICATE_BASE_URL: baseUrl } = fakeReplicateSettings(fake);
  const replicate = openReplicate({
    endpoint: { baseUrl, token: FAKE_REPLICATE_TOKEN, timeoutMs: 1_000 },
    model: 'black-forest-labs/flux-schnell',
    outputs: { allowPrivate: true },
    find,
  });
  return { usual: 'replicate', of: () => replicate };
}
