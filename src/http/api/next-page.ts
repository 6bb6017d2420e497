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
  const { pathname, searchParams } = new URL(c.req.url);
  searchParams.set('after', last.id);
  const next = `${pathname}?${searchParams.toString()}`;
  c.header('link', `<${next}>; rel="next"`);
  return { page, next };
}
