import { describe, expect, it } from 'vitest';
import { readRequest, refuseProblems } from '../../src/domain/generation-request.js';

describe('a refused request', () => {
  const refusal = (requests: unknown[], isArray: boolean): unknown => {
    try {
      refuseProblems(
        requests.map((request) => readRequest(request, 'ann').problems),
        isArray,
      );
    } catch (error) {
      return error;
    }
    return undefined;
  };

  it('has every problem as a sentence of its own, and all of them in its message', () => {
    const problems = [
      'The prompt is empty.',
      'The width must be a whole number of pixels from 64 to 2048.',
    ];
    expect(refusal([{ prompt: '', width: 1 }], false)).toMatchObject({
      ...{ kind: 'InvalidInput', message: problems.join(' '), problems },
    });
    expect(refusal([{ prompt: 'a boat' }, { prompt: '', width: 1 }], true)).toMatchObject({
      message: `[1] ${problems.join(' ')}`,
      problems: problems.map((problem) => `[1] ${problem}`),
    });
    expect(refusal([{ prompt: 'a boat' }], false)).toBeUndefined();
  });
});

it('reads the names of JSON, and what others call a provider', () => {
  const request = { prompt: 'p', width: 64, height: 96, backend: 'mock', guidanceScale: null };
  expect(readRequest(request, 'ann')).toEqual({
    asked: {
      ...{ prompt: 'p', widthPx: 64, heightPx: 96, provider: 'mock' },
      ...{ ownerId: 'ann', timeoutSeconds: 600 },
    },
    problems: [],
  });
});

it('keeps the owner that was named', () => {
  expect(readRequest({ prompt: 'p', ownerId: 'bob' }, 'ann').asked.ownerId).toBe('bob');
});

it.each([null, 7, 'p', [{ prompt: 'p' }]])('takes no %j for a request', (request) => {
  expect(readRequest(request, 'ann').problems).toEqual(['It must be an object with a prompt.']);
});

it('names fields that there are not', () => {
  const { problems } = readRequest({ prompt: 'p', toString: 1, colour: 'red' }, 'ann');
  expect(problems).toEqual(['There is no field "toString".', 'There is no field "colour".']);
});

it('refuses with the index of each request that has problems', () => {
  const each = [['One.'], [], ['Two.', 'Three.']];
  expect(() => refuseProblems(each, true)).toThrow('[0] One. [2] Two. Three.');
  expect(() => refuseProblems([['One.']], false)).toThrow(/^One\.$/);
  expect(() => refuseProblems([[], []], true)).not.toThrow();
});

it('refuses lists that are empty or too long', () => {
  expect(() => refuseProblems([], true)).toThrow('no request');
  expect(() =>
    refuseProblems(
      Array.from({ length: 1_001 }, () => []),
      true,
    ),
  ).toThrow('1001');
});
