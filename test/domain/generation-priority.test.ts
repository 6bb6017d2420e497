import { expect, it } from 'vitest';
import { slotPriority } from '../../src/domain/generation-priority.js';

it('puts any integer into one of five levels, in order', () => {
  const priorities = [1_000_000, 10, 9, 1, 0, -1, -9, -10, -1_000_000];
  expect(priorities.map(slotPriority)).toEqual([1, 1, 2, 2, 3, 4, 4, 5, 5]);
});
