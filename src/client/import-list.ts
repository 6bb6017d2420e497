import { createReadStream } from 'node:fs';
import { basename } from 'node:path';
import type { Catalog, NewImage } from '../catalog/catalog.js';
import { DarkroomError } from '../domain/failures.js';
import { checkedUrl } from '../net/checked-url.js';
import {
  registerAll,
  type Found,
  type ImportOptions,
  type ImportResult,
} from './import-batches.js';
import { entryOf, layoutOf, type Entry, type Layout } from './import-layout.js';
import { linesOf } from './import-lines.js';
import { recordsOf, type Fields } from './import-records.js';

export interface ListImport extends ImportOptions {
  /** Also http: addresses, other ports, and sites of this machine and its network. */
  allowPrivate: boolean;
}

/** The catalog finds images by owner and address in an index whose entries have 2,704 bytes at most. */
const MAX_ADDRESS = 2_000;
const MAX_OWNER = 200;
const MAX_NAME = 1_000;

/**
 * Registers every address of a list, without fetching it; importing again adds only what is new. A
 * list has one address a line, or is a CSV (RFC 4180) whose header names a column `url` and perhaps
 * `name` and `owner`. Lines that are no such address are skipped with their number and the reason.
 */
export function importList(
  catalog: Catalog,
  path: string,
  { onProgress, ...options }: ListImport,
): Promise<ImportResult> {
  return registerAll(catalog, imagesListed(path, options), onProgress);
}

async function* imagesListed(path: string, options: ListImport): AsyncGenerator<Found> {
  const list = basename(path);
  let layout: Layout | undefined;
  for await (const record of recordsOf(linesOf(textOf(path)))) {
    const file = `${list}:${record.line}`;
    if ('problem' in record) {
      yield { skipped: { file, kind: 'InvalidInput', reason: record.problem } };
      continue;
    }
    if (layout === undefined) {
      layout = layoutOf(record, path);
      if (layout.header) continue;
    }
    yield findingOf(file, record, layout, options);
  }
}

async function* textOf(path: string): AsyncGenerator<string> {
  try {
    yield* createReadStream(path, 'utf8') as AsyncIterable<string>;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const reason = code === 'EACCES' ? 'it may not be read' : message;
    throw new DarkroomError('InvalidInput', `Cannot import ${path}: ${reason}.`);
  }
}

function findingOf(file: string, record: Fields, layout: Layout, options: ListImport): Found {
  try {
    return { image: imageOf(entryOf(record, layout), options) };
  } catch (error) {
    if (!(error instanceof DarkroomError)) throw error;
    return { skipped: { file, kind: error.kind, reason: error.message } };
  }
}

function imageOf({ address, name, owner }: Entry, { ownerId, allowPrivate }: ListImport): NewImage {
  // The parser would drop line breaks and make one address of two.
  const url = checkedUrl(shortText(address, 'the address', MAX_ADDRESS), { allowPrivate });
  // Sites never see it, so it makes no other image.
  url.hash = '';
  return {
    ownerId: shortText(owner ?? ownerId, 'the owner', MAX_OWNER),
    original: shortText(url.href, 'the address', MAX_ADDRESS),
    fileName: shortText(name ?? nameOf(url), 'the name', MAX_NAME),
  };
}

function shortText(text: string, what: string, max: number): string {
  if (text.length > max) {
    throw new DarkroomError('InvalidInput', `${what} has more than ${max} characters`);
  }
  // The database takes no NUL, and tables on a terminal no line breaks.
  if (/\p{Cc}/u.test(text)) {
    throw new DarkroomError(
      'InvalidInput',
      `${what} has a line break or another control character in it`,
    );
  }
  return text;
}

/** The last part of the path as people read it. */
function nameOf(url: URL): string {
  const last = url.pathname.split('/').findLast((part) => part !== '') ?? url.hostname;
  try {
    return decodeURIComponent(last).replace(/\p{Cc}/gu, ' ');
  } catch {
    return last;
  }
}
