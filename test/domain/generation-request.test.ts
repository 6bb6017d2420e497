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
