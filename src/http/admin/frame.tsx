import type { Child } from 'hono/jsx';
import type { Services } from './dependency-words.js';
import { assetUrl, type Asset } from './assets.js';
import { NoticeBox, type Notice } from './notice.js';

const PAGES = [
  { name: 'tasks', href: '/admin/tasks', label: 'Tasks' },
  { name: 'images', href: '/admin/images', label: 'Images' },
  { name: 'search', href: '/admin/search', label: 'Search' },
  { name: 'generate', href: '/admin/generate', label: 'Generate' },
  { name: 'queues', href: '/admin/queues', label: 'Queues' },
  { name: 'settings', href: '/admin/settings', label: 'Settings' },
] as const;

export interface FrameOptions {
  /** What the browser tab says before the name of the program. */
  title: string;
  active?: (typeof PAGES)[number]['name'];
  styles?: Asset[];
  scripts?: Asset[];
  notice?: Notice;
}

interface FrameProps extends FrameOptions {
  services: Services;
  temporalUi?: string;
  children?: Child;
}

/** Scripts and styles are files of ours: htmx must neither write styles nor evaluate text. */
const HTMX_SETTINGS = JSON.stringify({
  allowEval: false,
  includeIndicatorStyles: false,
  // What is shown anew is taken over at once: a form that is sent before that would leave the page.
  defaultSettleDelay: 0,
  selfRequestsOnly: true,
  historyCacheSize: 0,
  refreshOnHistoryMiss: true,
  // Refusals come with words that the page shows.
  responseHandling: [
    { code: '204', swap: false },
    { code: '...', swap: true },
  ],
});

export function Frame(props: FrameProps) {
  const { title, styles = [], scripts = [], children } = props;
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="dark light" />
        <meta name="htmx-config" content={HTMX_SETTINGS} />
        <title>{title} - Darkroom</title>
        <link rel="icon" href={assetUrl('icon.svg')} />
        {(['frame.css', ...styles] as Asset[]).map((name) => (
          <link rel="stylesheet" href={assetUrl(name)} />
        ))}
        {(['htmx.js', 'sse.js', 'page.js', ...scripts] as Asset[]).map((name) => (
          <script src={assetUrl(name)} defer></script>
        ))}
      </head>
      <body>
        <a class="skip" href="#main">
          Skip to the page
        </a>
        <Rail {...props} />
        <main id="main" tabindex={-1}>
          <NoticeBox {...(props.notice !== undefined && { notice: props.notice })} />
          {children}
        </main>
        <Foot {...props} />
      </body>
    </html>
  );
}

function Rail({ active }: FrameProps) {
  return (
    <nav class="rail" aria-label="Pages">
      <a class="brand" href="/admin/tasks">
        Darkroom
      </a>
      <ul>
        {PAGES.map(({ name, href, label }) => (
          <li>
            <a href={href} {...(name === active && { 'aria-current': 'page' })}>
              {label}
            </a>
          </li>
        ))}
      </ul>
    </nav>
  );
}

function Foot({ services, temporalUi }: FrameProps) {
  const shown = [
    ['Temporal', services.temporal],
    ['Database', services.database],
    ['Storage', services.storage],
  ] as const;
  return (
    <footer class="foot">
      <dl>
        {shown.map(([name, state]) => (
          <div>
            <dt>{name}</dt>
            <dd class={state === 'up' ? 'good' : 'bad'}>{state}</dd>
          </div>
        ))}
      </dl>
      {temporalUi !== undefined && (
        <a href={temporalUi} rel="noreferrer">
          Temporal UI
        </a>
      )}
      <form method="post" action="/admin/session/end">
        <button>Sign out</button>
      </form>
    </footer>
  );
}
