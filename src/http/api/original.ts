import { createRoute, type OpenAPIHono } from '@hono/zod-openapi';
import { DarkroomError } from '../../domain/failures.js';
import type { HttpDeps, HttpEnv } from '../http-deps.js';
import { sendFile } from '../send-file.js';
import { forRole, problems } from './describe-route.js';
import { forCaller } from './for-caller.js';
import { imageId } from './image-schemas.js';
import { ownImage } from './images.js';

const originalRoute = createRoute({
  ...forRole('owner'),
  method: 'get',
  path: '/images/{id}/original',
  tags: ['images'],
  summary: 'The bytes that came in, for those who may see them',
  request: { params: imageId },
  responses: {
    200: { description: 'The file; with a range a part of it (206)' },
    ...problems('ImageNotFound', 'OriginalMissing', 'RangeNotSatisfiable', 'TooManyRequests'),
  },
});

export function originalRoutes(api: OpenAPIHono<HttpEnv>, deps: HttpDeps): void {
  const { darkroom } = deps;
  api.openapi(originalRoute, async (c) => {
    const { id } = await ownImage(c, darkroom);
    const file = await forCaller(c, darkroom).original(id);
    if (file === undefined) {
      throw new DarkroomError('OriginalMissing', 'The original is not in a storage of Darkroom.');
    }
    const headers = {
      'cache-control': 'private, no-store',
      'content-disposition': attachment(file.fileName ?? id),
    };
    return sendFile(c, file, headers, deps);
  });
}

/** A name that may hold anything, so that no header and no dialog is fooled (RFC 6266). */
function attachment(fileName: string): string {
  const plain = fileName.replaceAll(/[^\w. -]/g, '_');
  const exact = encodeURIComponent(fileName).replaceAll(
    /['()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `attachment; filename="${plain}"; filename*=UTF-8''${exact}`;
}
