import type { Child } from 'hono/jsx';

/** Told to the page with the answer of a form that has done something. */
export const ACTED = { 'HX-Trigger': 'acted' };

interface RenewedProps {
  id: string;
  /** The page that has it. */
  href: string;
  children?: Child;
}

/** What stands in it is fetched again once a form of its section has done something; the rest of the page stays. */
export function Renewed({ id, href, children }: RenewedProps) {
  return (
    <div
      id={id}
      hx-get={href}
      hx-trigger="acted from:closest section"
      hx-select={`#${id}`}
      hx-swap="outerHTML"
      hx-disinherit="*"
    >
      {children}
    </div>
  );
}
