import type { ListPage } from '../../../catalog/catalog.js';
import type { ImageStatus } from '../../../domain/image.js';
import { DarkroomError } from '../../../domain/failures.js';

/** What the list is narrowed to, as the address of the page says it. */
export interface Filter {
  status?: ImageStatus;
  tag?: string;
  color?: string;
  owner?: string;
  /** Days, as in `2026-01-31`; both are part of the span. */
  from?: string;
  to?: string;
}

export const STATUS_WORDS: Record<ImageStatus, string> = {
  pending: 'waiting',
  processing: 'being processed',
  completed: 'completed',
  failed: 'failed',
};

const NAMES = ['status', 'tag', 'color', 'owner', 'from', 'to'] as const;
const DAY = /^\d{4}-\d{2}-\d{2}$/;

/** @throws DarkroomError `InvalidInput` for a word that the filter does not have */
export function filterOf(query: Record<string, string>): Filter {
  const given = NAMES.flatMap((name) => {
    const value = query[name]?.trim();
    return value ? [[name, value] as const] : [];
  });
  const { status, from, to, ...words } = Object.fromEntries(given) as Record<string, string>;
  if (status !== undefined && !isStatus(status)) throw refusal(status, 'state');
  for (const day of [from, to]) {
    if (day !== undefined && !isDay(day)) throw refusal(day, 'day like 2026-01-31');
  }
  return {
    ...words,
    ...(status !== undefined && { status }),
    ...(from !== undefined && { from }),
    ...(to !== undefined && { to }),
  };
}

/** The same for the catalog, whose span ends before its end. */
export function listOf({ owner, from, to, ...filter }: Filter): Partial<ListPage> {
  return {
    ...filter,
    ...(owner !== undefined && { ownerId: owner }),
    ...(from !== undefined && { from: new Date(`${from}T00:00:00Z`) }),
    ...(to !== undefined && { to: new Date(Date.parse(`${to}T00:00:00Z`) + 86_400_000) }),
  };
}

export function addressOf(filter: Filter, more: Record<string, string> = {}): string {
  const query = new URLSearchParams({ ...filter, ...more }).toString();
  return query === '' ? '/admin/images' : `/admin/images?${query}`;
}

export function isEmpty(filter: Filter): boolean {
  return Object.keys(filter).length === 0;
}

function isStatus(text: string): text is ImageStatus {
  return Object.hasOwn(STATUS_WORDS, text);
}

function isDay(text: string): boolean {
  return DAY.test(text) && !Number.isNaN(Date.parse(`${text}T00:00:00Z`));
}

function refusal(text: string, what: string): DarkroomError {
  return new DarkroomError('InvalidInput', `"${text}" is no ${what}.`);
}
