import { createHash } from 'node:crypto';
import { createRoute, z, type OpenAPIHono, type RouteConfig } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { DarkroomError } from '../../domain/failures.js';
import { claimOf, isToAnswer, repeatedAnswer } from '../idempotency.js';
import type { HttpDeps, HttpEnv } from '../http-deps.js';
import { receiveFile, type ReceivedFile } from '../received-file.js';
import { forRole, json, problems } from './describe-route.js';
import { forCaller } from './for-caller.js';
import { imageId } from './image-schemas.js';
import { ownImage } from './images.js';

const bytes = { schema: { type: 'string' as const, format: 'binary' } };

/** Read while it comes in and not by the framework, so it is only described. */
const requestBody = {
  required: true,
  description: 'One file, as a form or by itself; in a form the field "owner" comes before it',
  content: {
    'multipart/form-data': {
      schema: {
        type: 'object' as const,
        required: ['file'],
        properties: { owner: { type: 'string' }, file: bytes.schema },
      },
    },
    'image/*': bytes,
    'application/octet-stream': bytes,
  },
} satisfies RouteConfig['requestBody'];

const named = z.object({
  fileName: z.string().optional().openapi({ description: 'When the body itself is the file' }),
});

const uploadSchema = z.object({ id: z.string(), created: z.boolean() });

const uploadRoute = createRoute({
  ...forRole('owner'),
  method: 'post',
  path: '/images',
  tags: ['images'],
  summary: 'Bring in an image; it is processed ahead of any backfill',
  request: { query: named.extend({ owner: z.string().optional() }) },
  requestBody,
  responses: {
    201: json(uploadSchema, 'It is stored and has been started'),
    200: json(uploadSchema, 'This owner has brought in the same bytes before'),
    ...problems('InvalidInput', 'Forbidden', 'FileTooLarge', 'MediaTypeNotSupported'),
  },
});

const replaceRoute = createRoute({
  ...forRole('owner'),
  method: 'put',
  path: '/images/{id}/original',
  tags: ['images'],
  summary: 'Give an image other bytes; the old variants are served until the new are ready',
  request: { params: imageId, query: named },
  requestBody,
  responses: {
    202: json(z.object({ id: z.string(), replaced: z.literal(true) }), 'It has been started'),
    200: json(z.object({ id: z.string(), replaced: z.literal(false) }), 'It has these bytes'),
    ...problems('InvalidInput', 'ImageNotFound', 'FileTooLarge', 'MediaTypeNotSupported'),
  },
});

export function uploadRoutes(api: OpenAPIHono<HttpEnv>, deps: HttpDeps): void {
  api.openapi(uploadRoute, async (c) => {
    const { status, body } = await answerOnce(c, deps);
    c.header('location', `/api/v1/images/${body.id}`);
    return c.json(body, status);
  });

  api.openapi(replaceRoute, async (c) => {
    const { id } = await ownImage(c, deps.darkroom);
    const { body, fileName } = await receiveFile(c, deps.settings);
    const replacement = { body, ...(fileName !== undefined && { fileName }) };
    const { replaced } = await forCaller(c, deps.darkroom).replace(id, replacement);
    return replaced ? c.json({ id, replaced }, 202) : c.json({ id, replaced }, 200);
  });
}

async function storeFile(
  c: Context<HttpEnv>,
  { darkroom, settings }: HttpDeps,
  { fileName = 'upload', owner = c.req.query('owner'), body }: ReceivedFile,
) {
  const caller = c.get('caller');
  if (caller.role === 'admin') {
    return darkroom.upload({ ownerId: owner ?? settings.defaultOwner, fileName, body });
  }
  if (owner !== undefined && owner !== caller.ownerId) {
    throw new DarkroomError('Forbidden', 'This token brings in images of its own owner only.');
  }
  return darkroom.upload({ ownerId: caller.ownerId, fileName, body });
}

type UploadAnswer = { status: 200 | 201; body: z.infer<typeof uploadSchema> };

/** The answer; with an Idempotency-Key that was used before, the one that was given then. */
async function answerOnce(c: Context<HttpEnv>, deps: HttpDeps): Promise<UploadAnswer> {
  const claim = claimOf(c, '');
  if (claim === undefined) {
    return answerUpload(await storeFile(c, deps, await receiveFile(c, deps.settings)));
  }
  const claimed = await deps.idempotency.claim(claim);
  if (!isToAnswer(claimed)) {
    const asked = claimed.answer && { ...claim, ...claimOf(c, await readToItsEnd(c, deps)) };
    const answer = repeatedAnswer(asked ?? claim, claimed) as UploadAnswer;
    c.header('idempotency-replayed', 'true');
    return answer;
  }
  try {
    const file = hashed(await receiveFile(c, deps.settings));
    const answer = answerUpload(await storeFile(c, deps, file));
    await deps.idempotency.answer({ ...claim, ...claimOf(c, file.asks()) }, answer);
    return answer;
  } catch (error) {
    // The same bytes are one image, so nothing is done twice whatever comes next.
    await deps.idempotency.release(claim, true);
    throw error;
  }
}

function answerUpload(body: UploadAnswer['body']): UploadAnswer {
  return { status: body.created ? 201 : 200, body };
}

/** Two uploads are the same request when their files are, so a repetition has to be read. */
async function readToItsEnd(c: Context<HttpEnv>, { settings }: HttpDeps): Promise<string> {
  const file = hashed(await receiveFile(c, settings));
  let sizeBytes = 0;
  for await (const chunk of file.body) {
    sizeBytes += chunk.length;
    if (sizeBytes > settings.maxFileBytes) throw new DarkroomError('FileTooLarge');
  }
  return file.asks();
}

/** The same file, which says at its end what was asked for. */
function hashed(file: ReceivedFile): ReceivedFile & { asks: () => string } {
  const hash = createHash('sha256');
  async function* hashing() {
    for await (const chunk of file.body) {
      hash.update(chunk);
      yield chunk;
    }
  }
  const { fileName, owner } = file;
  const asks = () => JSON.stringify([fileName, owner, hash.digest('hex')]);
  return { ...file, body: hashing(), asks };
}
