import { describe, expect, it } from 'vitest';
import { MegapixelBudget } from '../../src/imaging/megapixel-budget.js';

describe('a budget of megapixels', () => {
  it('grants what fits at once, and the rest in the order of asking', () => {
    const budget = new MegapixelBudget(10);
    const granted: string[] = [];
    const ask = (name: string, megapixels: number) =>
      budget.claim(megapixels, () => granted.push(name));
    const a = ask('a', 6);
    const b = ask('b', 4);
    ask('large', 8);
    ask('small', 1);
    expect(granted).toEqual(['a', 'b']);
    b.release();
    // The small one would fit, but whoever overtakes a large one makes it wait for ever.
    expect(granted).toEqual(['a', 'b']);
    a.release();
    expect(granted).toEqual(['a', 'b', 'large', 'small']);
    expect(budget.inUse).toBe(9);
  });

  it('grants more than there is to whoever is alone', () => {
    const budget = new MegapixelBudget(10);
    let granted = 0;
    const large = budget.claim(50, () => (granted += 1));
    budget.claim(1, () => (granted += 1));
    expect(granted).toBe(1);
    large.release();
    expect(granted).toBe(2);
  });

  it('takes back what was released twice once, and who gave up waiting off the queue', () => {
    const budget = new MegapixelBudget(10);
    const first = budget.claim(10, () => undefined);
    const gaveUp = budget.claim(5, () => expect.unreachable());
    gaveUp.release();
    first.release();
    first.release();
    expect(budget.inUse).toBe(0);
  });
});
