import type { Context } from 'hono';

/**
 * Cuts what was read, one more than a page has, to the page; says where the next one is, in the
 * header Link and as a path.
 */
export function nextPage<T extends { id: string }>(
  c: Context,
  found: T[],
  limit: number,
): { page: T[]; next?: string } {
  const page = found.slice(0, limit);
  const last = page.at(-1);
  if (found.length <= limit || last === undefined) return { page };
  return { page, next: linkToNext(c, last.id) };
}

/** Says in the header Link where the page behind this one is; its path. @param after its last id */
export function linkToNext(c: Context, after: string): string {
  const { pathname, searchParams } = new URL(c.req.url);
  searchParams.set('after', after);
  const next = `${pathname}?${searchParams.toString()}`;
  c.header('link', `<${next}>; rel="next"`);
  return next;
}
