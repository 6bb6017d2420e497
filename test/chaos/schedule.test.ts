import { describe, expect, it } from 'vitest';
import { fateOf, planFaults, sizesOf } from './schedule.js';

const sizes = sizesOf({ full: true });

describe('the schedule of faults', () => {
  it('is decided by its seed', () => {
    expect(planFaults(7, sizes, 2)).toEqual(planFaults(7, sizes, 2));
    expect(planFaults(7, sizes, 2)).not.toEqual(planFaults(8, sizes, 2));
  });

  it('holds every fault as often as it was asked for, in order, with work left at the end', () => {
    const plan = planFaults(7, sizes, 2);
    for (const [kind, count] of Object.entries(sizes.faults)) {
      expect(plan.filter((fault) => fault.kind === kind)).toHaveLength(count);
    }
    const places = plan.map(({ afterShare }) => afterShare);
    expect(places).toEqual([...places].sort((a, b) => a - b));
    expect(places.at(-1)).toBeLessThan(0.9);
    expect(plan.filter(({ againAfterMs }) => againAfterMs !== undefined)).toHaveLength(2);
  });

  it('lets a worker stand still for longer than its heartbeat', () => {
    const stops = planFaults(7, sizes, 2).filter(({ kind }) => kind === 'workerStop');
    expect(stops.every(({ forMs }) => forMs > 10_000)).toBe(true);
  });

  it('is smaller for fewer minutes, and never without a kind of fault', () => {
    const { faults, images } = sizesOf({ minutes: 1 });
    expect(images).toBe(12);
    expect(Object.values(faults).every((count) => count >= 1)).toBe(true);
    expect(sizesOf({ minutes: 1, images: 7 }).images).toBe(7);
  });
});

describe('the fate of a request', () => {
  it('is decided by seed and request', () => {
    const fates = (seed: number) =>
      Array.from({ length: 200 }, (_, nth) => fateOf(seed, `write key ${nth}`, 50, ['a', 'b']));
    expect(fates(1)).toEqual(fates(1));
    expect(fates(1)).not.toEqual(fates(2));
  });

  it('is bad as often as was said, in each of its ways', () => {
    const drawn = Array.from({ length: 20_000 }, (_, nth) =>
      fateOf(3, `write key ${nth}`, 5, ['a', 'b', 'c', 'd'] as const),
    );
    for (const kind of ['a', 'b', 'c', 'd']) {
      const share = drawn.filter((it) => it === kind).length / drawn.length;
      expect(share).toBeGreaterThan(0.009);
      expect(share).toBeLessThan(0.016);
    }
  });
});
