export interface MoreProps {
  /** Of the next page; absent on the last. */
  href?: string | undefined;
  /** The id of the list that grows. */
  list: string;
  /** What the server is asked for in place of a whole page, of which script would take the items. */
  part?: string;
  outOfBand?: boolean;
}

/** A link that script makes bring the next page to the end of this one. */
export function More({ href, list, part, outOfBand = false }: MoreProps) {
  const taken =
    part === undefined
      ? { 'hx-select': `#${list} > li`, 'hx-select-oob': '#more' }
      : { 'hx-headers': JSON.stringify({ 'Darkroom-Part': part }) };
  return (
    <p class="more" id="more" {...(outOfBand && { 'hx-swap-oob': 'true' })}>
      {href !== undefined && (
        <a
          class="button"
          href={href}
          hx-get={href}
          hx-target={`#${list}`}
          hx-swap="beforeend"
          {...taken}
        >
          Load more
        </a>
      )}
    </p>
  );
}
