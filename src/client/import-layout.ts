import { extname } from 'node:path';
import { DarkroomError } from '../domain/failures.js';
import type { Fields } from './import-records.js';

/** What a line of a list says of an image. */
export interface Entry {
  address: string;
  name: string | undefined;
  owner: string | undefined;
}

/** How the lines of a list are to be read: by the columns of its header, or each as an address. */
export type Layout =
  { header: true; columns: string[] } | { header: false; commasAreFields: boolean };

/** @throws DarkroomError `InvalidInput` for a CSV of something else */
export function layoutOf({ fields }: Fields, path: string): Layout {
  const columns = fields.map((field) => field.trim().toLowerCase());
  if (columns.includes('url')) return { header: true, columns };
  const csv = extname(path).toLowerCase() === '.csv';
  if (csv && fields.length > 1 && !/^[a-z][a-z0-9+.-]*:/i.test(fields[0] ?? '')) {
    const problem = 'the first line of a CSV must name a column "url"';
    throw new DarkroomError('InvalidInput', `Cannot import ${path}: ${problem}.`);
  }
  return { header: false, commasAreFields: csv };
}

/** @throws DarkroomError `InvalidInput` when the line has more in it than the layout has places */
export function entryOf({ text, fields }: Fields, layout: Layout): Entry {
  if (layout.header) return entryByColumns(fields, layout.columns);
  const [address = '', ...more] = fields;
  if (more.length > 0 && layout.commasAreFields) {
    throw tooMany('an address with a comma needs quotation marks, more columns need a header');
  }
  return { address: more.length > 0 ? text.trim() : address, name: undefined, owner: undefined };
}

function entryByColumns(fields: string[], columns: string[]): Entry {
  if (fields.length > columns.length) {
    throw tooMany(`${fields.length} fields where the header has ${columns.length}`);
  }
  const field = (column: string) => fields[columns.indexOf(column)]?.trim() || undefined;
  return { address: field('url') ?? '', name: field('name'), owner: field('owner') };
}

function tooMany(message: string): DarkroomError {
  return new DarkroomError('InvalidInput', message);
}
