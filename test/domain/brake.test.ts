import { describe, expect, it } from 'vitest';
import { brakeAfter, type Brake } from '../../src/domain/brake.js';

/** The brake after these outcomes; `undefined` is a success. */
function after(...outcomes: (string | undefined)[]): Brake | undefined {
  return outcomes.reduce<Brake | undefined>(brakeAfter, undefined);
}

describe('the brake', () => {
  it('counts failures of one kind in a row', () => {
    expect(after('OriginalMissing', 'OriginalMissing')).toEqual({
      kind: 'OriginalMissing',
      inARow: 2,
    });
  });

  it('begins again with another kind', () => {
    expect(after('OriginalMissing', 'EncoderCrashed')).toEqual({
      kind: 'EncoderCrashed',
      inARow: 1,
    });
  });

  it('is released by a success', () => {
    expect(after('OriginalMissing', undefined)).toBeUndefined();
  });

  it('takes no notice of broken files', () => {
    expect(after('NotAnImage', 'ImageCorrupt')).toBeUndefined();
    expect(after('OriginalMissing', 'ImageCorrupt', 'OriginalMissing')?.inARow).toBe(2);
  });
});
