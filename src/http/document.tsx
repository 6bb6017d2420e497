import { readFileSync } from 'node:fs';
import type { OpenAPIHono } from '@hono/zod-openapi';
import { describeKeys } from './document-keys.js';
import { DocumentPage, type ApiDocument } from './document-page.js';
import type { HttpEnv } from './http-deps.js';

const STYLE = readFileSync(new URL('./plain-page.css', import.meta.url), 'utf8');

/** The API says of itself what it takes: for programs at /openapi.json, for people at /docs. */
export function documentRoutes(app: OpenAPIHono<HttpEnv>): void {
  app.openAPIRegistry.registerComponent('securitySchemes', 'bearer', {
    type: 'http',
    scheme: 'bearer',
    description: 'A token of `darkroom tokens create`',
  });
  const read = () => {
    const document = app.getOpenAPI31Document({
      openapi: '3.1.0',
      info: {
        title: 'Darkroom',
        version: '1',
        description: 'Makes every image ready to show and to find.',
        license: { name: 'MIT' },
      },
      servers: [{ url: '/' }],
    });
    describeKeys(document.paths ?? {});
    return document;
  };
  // Routes are added after this one, so it is made when somebody asks for the first time.
  let document: ReturnType<typeof read> | undefined;

  app.get('/openapi.json', (c) => c.json((document ??= read())));
  app.get('/docs', (c) =>
    c.html(<DocumentPage document={(document ??= read()) as unknown as ApiDocument} />),
  );
  app.get('/docs/style.css', (c) => {
    c.header('cache-control', 'public, max-age=3600');
    return c.body(STYLE, 200, { 'content-type': 'text/css; charset=utf-8' });
  });
}
