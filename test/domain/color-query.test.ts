import { expect, it } from 'vitest';
import { hexOf } from '../../src/domain/color-names.js';
import { colorsAmong } from '../../src/domain/color-query.js';

const named = (text: string) => colorsAmong(text.split(' ')).map(({ name }) => name);

it.each([
  ['a red boat', ['red']],
  ['sky blue', ['sky blue']],
  ['blue sky', ['blue']],
  ['grey violet', ['gray', 'purple']],
  ['dark green and green', ['dark green', 'green']],
  ['red red', ['red']],
  ['constructor toString boat', []],
])('%j names %j', (text, names) => {
  expect(named(text)).toEqual(names);
});

it('takes shades for a colour, itself for most, and every one of them is a known colour', () => {
  for (const basic of 'red orange yellow green blue purple pink brown gray white black'.split(
    ' ',
  )) {
    const [wanted] = colorsAmong([basic]);
    expect(wanted?.shades[0]).toEqual({ name: basic, worth: 1 });
    for (const { name, worth } of wanted?.shades ?? []) {
      expect(hexOf(name), name).toBeDefined();
      expect(worth).toBeLessThanOrEqual(1);
    }
  }
});
