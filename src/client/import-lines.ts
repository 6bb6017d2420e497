/** A line of a text, counted from 1, without its end. */
export interface Line {
  number: number;
  text: string;
  /** It was longer than the limit; `text` is its beginning. */
  cut?: true;
}

/** Longer than any address that is imported; what is longer is no list of addresses. */
const MAX_LINE = 16_384;

/** The lines of a text that comes in pieces, whatever ends them. */
export async function* linesOf(chunks: AsyncIterable<string>): AsyncGenerator<Line> {
  let number = 0;
  let rest = '';
  let cut = false;
  const line = (text: string): Line => {
    number += 1;
    const tooLong = cut || text.length > MAX_LINE;
    cut = false;
    return { number, text: text.slice(0, MAX_LINE), ...(tooLong && { cut: true }) };
  };
  for await (const chunk of chunks) {
    // A carriage return at the end may be half of a line's end.
    const parts = (rest + chunk).split(/\r\n|\n|\r(?!$)/);
    rest = parts.pop() ?? '';
    for (const text of parts) yield line(text);
    if (rest.length > MAX_LINE) {
      cut = true;
      rest = rest.slice(0, MAX_LINE) + (rest.endsWith('\r') ? '\r' : '');
    }
  }
  if (rest !== '') yield line(rest.replace(/\r$/, ''));
}
