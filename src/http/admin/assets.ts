import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { Hono } from 'hono';
import type { HttpEnv } from '../http-deps.js';
import { ratioStyles } from './images/ratio.js';

const require = createRequire(import.meta.url);

const FILES = {
  'frame.css': own('frame.css'),
  'tasks.css': own('tasks.css'),
  'images.css': own('images.css'),
  'image.css': own('image.css'),
  'search.css': own('search.css'),
  'generate.css': own('generate.css'),
  'settings.css': own('settings.css'),
  'ratios.css': ratioStyles,
  'icon.svg': own('icon.svg'),
  'page.js': own('page.js'),
  'images.js': own('images.js'),
  'htmx.js': () => readFileSync(require.resolve('htmx.org/dist/htmx.min.js')),
  'sse.js': () => readFileSync(require.resolve('htmx-ext-sse/dist/sse.min.js')),
} as const satisfies Record<string, () => Buffer | string>;

export type Asset = keyof typeof FILES;

function own(name: string) {
  return () => readFileSync(fileURLToPath(new URL(`./assets/${name}`, import.meta.url)));
}

const loaded = new Map<Asset, { body: Buffer; version: string }>();

function load(name: Asset) {
  const known = loaded.get(name);
  if (known !== undefined) return known;
  const body = Buffer.from(FILES[name]());
  const version = createHash('sha256').update(body).digest('hex').slice(0, 8);
  const asset = { body, version };
  loaded.set(name, asset);
  return asset;
}

/** Its address, which changes with its bytes. */
export function assetUrl(name: Asset): string {
  return `/admin/assets/${name}?v=${load(name).version}`;
}

export function assetRoutes(): Hono<HttpEnv> {
  const routes = new Hono<HttpEnv>();
  routes.get('/:name', (c) => {
    const name = c.req.param('name');
    if (!isAsset(name)) return c.notFound();
    return c.body(new Uint8Array(load(name).body), 200, {
      'Content-Type': typeOf(name),
      'Cache-Control': 'public, max-age=31536000, immutable',
      'X-Content-Type-Options': 'nosniff',
    });
  });
  return routes;
}

function typeOf(name: Asset): string {
  if (name.endsWith('.svg')) return 'image/svg+xml';
  return `text/${name.endsWith('.css') ? 'css' : 'javascript'}; charset=utf-8`;
}

function isAsset(name: string): name is Asset {
  return Object.hasOwn(FILES, name);
}
