import type { PropsWithChildren } from 'hono/jsx';
import { assetUrl } from './admin/assets.js';

/** A page that needs nothing but one style sheet. */
export function PlainPage({ title, children }: PropsWithChildren<{ title: string }>) {
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>{title} - Darkroom</title>
        <link rel="icon" href={assetUrl('icon.svg')} />
        <link rel="stylesheet" href="/docs/style.css" />
      </head>
      <body>
        <main>{children}</main>
      </body>
    </html>
  );
}
