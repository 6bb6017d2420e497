import type { Line } from './import-lines.js';

/** A record of a CSV file (RFC 4180) and the number of its first line. */
export interface Fields {
  line: number;
  text: string;
  fields: string[];
}

/** A line that does not begin a record, and why. */
export interface BadLine {
  line: number;
  problem: string;
}

/** A quoted field may go over lines; one over more than this is a quotation mark that was forgotten. */
const MAX_LINES = 20;

/**
 * The records of a CSV text; blank lines and those that begin with `#` are passed over. What cannot
 * be read is reported by its first line, and reading goes on with the line after that.
 */
export async function* recordsOf(lines: AsyncIterable<Line>): AsyncGenerator<Fields | BadLine> {
  const source = lines[Symbol.asyncIterator]();
  const unread: Line[] = [];
  const next = async (): Promise<Line | undefined> => {
    const line = unread.shift();
    if (line !== undefined) return line;
    const step = await source.next();
    return step.done === true ? undefined : step.value;
  };

  try {
    for (let line = await next(); line !== undefined; line = await next()) {
      if (/^\s*(#|$)/.test(line.text)) continue;
      const taken = await linesOfRecord(line, next);
      const record = recordOf(taken);
      if ('problem' in record) unread.unshift(...taken.slice(1));
      yield record;
    }
  } finally {
    // Closes the file also when nobody wants the rest.
    await source.return?.();
  }
}

async function linesOfRecord(
  first: Line,
  next: () => Promise<Line | undefined>,
): Promise<[Line, ...Line[]]> {
  const taken: [Line, ...Line[]] = [first];
  while (isOpen(taken) && taken.length < MAX_LINES) {
    const more = await next();
    if (more === undefined) break;
    taken.push(more);
  }
  return taken;
}

/** Quotation marks come in pairs, doubled ones inside a field too. */
function isOpen(lines: Line[]): boolean {
  const marks = lines.reduce((sum, { text }) => sum + text.split('"').length - 1, 0);
  return marks % 2 === 1;
}

function recordOf(lines: [Line, ...Line[]]): Fields | BadLine {
  const [first, ...more] = lines;
  const line = first.number;
  if (first.cut) return { line, problem: 'the line is too long' };
  if (isOpen(lines) || more.some(({ cut }) => cut)) {
    return { line, problem: 'a quotation mark is opened and never closed' };
  }
  const text = lines.map((part) => part.text).join('\n');
  const fields = fieldsOf(text);
  return fields === undefined
    ? { line, problem: 'a quotation mark stands in the middle of a field' }
    : { line, text, fields };
}

/** `undefined` when the quoting is not RFC 4180's. */
function fieldsOf(text: string): string[] | undefined {
  const fields: string[] = [];
  const field = /\s*"([^"]*(?:""[^"]*)*)"\s*(,|$)|([^",]*)(,|$)/y;
  for (;;) {
    const match = field.exec(text);
    if (match === null) return undefined;
    const [, quoted, afterQuoted, bare = '', afterBare] = match;
    fields.push(quoted?.replaceAll('""', '"') ?? bare.trim());
    if ((afterQuoted ?? afterBare) === '') return fields;
  }
}
