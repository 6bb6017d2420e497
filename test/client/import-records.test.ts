import { describe, expect, it } from 'vitest';
import { linesOf, type Line } from '../../src/client/import-lines.js';
import { recordsOf } from '../../src/client/import-records.js';

async function* each<T>(items: Iterable<T>): AsyncGenerator<T> {
  yield* items;
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

describe('linesOf', () => {
  it.for(['a\r\nb\n\nc', 'a\rb\r\rc', 'a\nb\r\n\r\nc\r\n', 'a\r\nb\r\rc\r'])(
    'finds the same lines in %j, however it is cut into pieces',
    async (text) => {
      const whole = ['a', 'b', '', 'c'].map((line, i) => ({ number: i + 1, text: line }));
      expect(await all(linesOf(each([text])))).toEqual(whole);
      expect(await all(linesOf(each(text)))).toEqual(whole);
    },
  );

  it('keeps the beginning of a line that is too long, and the lines around it', async () => {
    const pieces = ['a\n', ...Array<string>(1_000).fill('x'.repeat(1_000)), '\nb'];
    const [a, long, b, ...more] = await all(linesOf(each(pieces)));
    expect([a, b, more]).toEqual([{ number: 1, text: 'a' }, { number: 3, text: 'b' }, []]);
    expect(long).toMatchObject({ number: 2, cut: true });
    expect(long?.text).toHaveLength(16_384);

    const [atOnce] = await all(linesOf(each(['x'.repeat(20_000)])));
    expect(atOnce).toEqual({ number: 1, text: 'x'.repeat(16_384), cut: true });
  });
});

describe('recordsOf', () => {
  it.for<[string, string[]]>([
    ['a,b', ['a', 'b']],
    [' a , b ', ['a', 'b']],
    ['a,', ['a', '']],
    [',', ['', '']],
    ['"a,b","c ""d"""', ['a,b', 'c "d"']],
    ['"",x', ['', 'x']],
    ['"a\nb",c', ['a\nb', 'c']],
    ['" a ",b', [' a ', 'b']],
  ])('reads %j', async ([text, fields]) => {
    const records = await all(recordsOf(linesOf(each([text]))));
    expect(records).toEqual([{ line: 1, text, fields }]);
  });

  it('looks a few lines ahead for the end of a quotation, not through the whole file', async () => {
    let read = 0;
    async function* endless(): AsyncGenerator<Line> {
      for (;;) yield { number: ++read, text: read === 1 ? '"open' : 'more' };
    }
    for await (const record of recordsOf(endless())) {
      expect(record).toMatchObject({ line: 1, problem: expect.any(String) });
      break;
    }
    expect(read).toBe(20);
  });

  it('closes what it reads from when nobody wants the rest', async () => {
    let closed = false;
    async function* lines(): AsyncGenerator<Line> {
      try {
        for (;;) yield { number: 1, text: 'a' };
      } finally {
        closed = true;
      }
    }
    for await (const _record of recordsOf(lines())) break;
    expect(closed).toBe(true);
  });
});
