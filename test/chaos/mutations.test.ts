import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { MUTATIONS } from './mutations.js';
import { FAULT_KINDS } from './schedule.js';

describe('the mutations that runs with faults are tried on', () => {
  it('are one for each kind of fault', () => {
    expect(MUTATIONS.map(({ fault }) => fault).toSorted()).toEqual([...FAULT_KINDS].toSorted());
  });

  it.each(MUTATIONS)('fit the program still: $fault', ({ edits }) => {
    for (const { file, from } of edits) {
      const source = readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8');
      expect(source.split(from), `${file}: ${from}`).toHaveLength(2);
    }
  });
});
