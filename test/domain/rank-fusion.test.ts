import { expect, it } from 'vitest';
import { fuseRanks } from '../../src/domain/rank-fusion.js';

const list = (weight: number, ...ids: string[]) => ({
  weight,
  entries: ids.map((id, at) => ({ id, rank: at + 1 })),
});
const order = (...lists: ReturnType<typeof list>[]) => fuseRanks(lists).map(({ id }) => id);

it('puts what several ways found before what one way found first', () => {
  expect(order(list(1, 'a', 'b'), list(1, 'c', 'b'))[0]).toBe('b');
  expect(fuseRanks([list(1, 'a')])).toEqual([{ id: 'a', score: 1 / 61 }]);
});

it('lets a way of more weight decide', () => {
  expect(order(list(1, 'a', 'b'), list(2, 'b', 'a'))).toEqual(['b', 'a']);
});

it('puts the newer of two equals first, whatever the order of the lists', () => {
  expect(order(list(1, 'a'), list(1, 'b'))).toEqual(['b', 'a']);
  expect(order(list(1, 'b'), list(1, 'a'))).toEqual(['b', 'a']);
  expect(order()).toEqual([]);
});
