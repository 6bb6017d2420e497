import { afterAll, afterEach, beforeAll } from 'vitest';
import {
  FAKE_KEY,
  fakeSettings,
  startFakeOpenAi,
  type FakeOpenAi,
  type FakeSettings,
} from '../../src/dev/fake-openai.js';

export { FAKE_KEY };

/** A provider for the tests of a file, which forgets its calls and faults after each. */
export function useFakeOpenAi(settings?: FakeSettings): FakeOpenAi {
  let fake: FakeOpenAi;
  beforeAll(async () => {
    fake = await startFakeOpenAi({ key: FAKE_KEY, ...settings });
  });
  afterEach(() => {
    fake.calls.length = 0;
    fake.failAlways(undefined);
    fake.useKey(FAKE_KEY);
  });
  afterAll(() => fake[Symbol.asyncDispose]());
  return {
    get baseUrl() {
      return fake.baseUrl;
    },
    get calls() {
      return fake.calls;
    },
    fail: (...faults) => fake.fail(...faults),
    failAlways: (fault) => fake.failAlways(fault),
    useKey: (key) => fake.useKey(key),
    [Symbol.asyncDispose]: () => fake[Symbol.asyncDispose](),
  };
}

/** What switches a Darkroom to the fake; slow only where a test wants to see that. */
export function openAiEnv(fake: FakeOpenAi): Record<string, string> {
  return {
    ...fakeSettings(fake),
    METADATA_CALLS_PER_MINUTE: '6000',
    EMBEDDING_CALLS_PER_MINUTE: '6000',
  };
}
