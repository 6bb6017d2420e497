import { basename } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Busboy, type BusboyFileStream } from '@fastify/busboy';
import type { Context } from 'hono';
import { DarkroomError } from '../domain/failures.js';
import type { HttpEnv, HttpSettings } from './http-deps.js';
import { bodyOf } from './request-body.js';

/** The one file of a request, while it still comes in. */
export interface ReceivedFile {
  fileName?: string;
  /** What the form said before the file. */
  owner?: string;
  /** Ends well only when the whole request was in order. */
  body: AsyncIterable<Uint8Array>;
}

const LIMITS = { files: 1, fields: 10, fieldSize: 1000, headerPairs: 50, headerSize: 8192 };

/** What a form adds to its file. */
const FORM_BYTES = 20_000;

/**
 * The file of a form, or the body itself when that is the file.
 * @throws DarkroomError `FileTooLarge` by what the request announces, `MediaTypeNotSupported`,
 *   `InvalidInput`
 */
export async function receiveFile(
  c: Context<HttpEnv>,
  settings: HttpSettings,
): Promise<ReceivedFile> {
  if (Number(c.req.header('content-length')) > settings.maxFileBytes + FORM_BYTES) {
    throw new DarkroomError('FileTooLarge');
  }
  const mediaType = c.req.header('content-type') ?? '';
  if (/^multipart\/form-data\b/i.test(mediaType)) return fileOfForm(c, mediaType, settings);
  if (!/^(image\/|application\/octet-stream\b)/i.test(mediaType)) {
    const words = 'An image comes as multipart/form-data, image/* or application/octet-stream.';
    throw new DarkroomError('MediaTypeNotSupported', words);
  }
  const { fileName, owner } = c.req.query();
  return {
    ...(fileName && { fileName: soundName(fileName) }),
    ...(owner && { owner }),
    body: bodyOf(c, settings),
  };
}

async function fileOfForm(
  c: Context<HttpEnv>,
  mediaType: string,
  settings: HttpSettings,
): Promise<ReceivedFile> {
  const form = openForm(mediaType);
  const received: { owner?: string; file?: BusboyFileStream } = {};
  const refuse = (words: string) => form.destroy(new DarkroomError('InvalidInput', words));
  form.on('field', (name, value) => {
    if (name !== 'owner') return;
    if (received.file) refuse('The field "owner" has to come before the file.');
    else received.owner = value;
  });
  form.on('filesLimit', () => refuse('A request brings one file.'));
  const opened = new Promise<{ file: BusboyFileStream; name: string }>((resolve) => {
    form.once('file', (_field: string, file: BusboyFileStream, name: string) => {
      received.file = file;
      // An error of the form reaches whoever reads the file; before that nobody listens.
      file.on('error', () => undefined);
      resolve({ file, name });
    });
  });
  const parsed = pipeline(Readable.from(bodyOf(c, settings)), form).catch((error: unknown) => {
    received.file?.destroy(error as Error);
    throw error instanceof DarkroomError ? error : malformed(error);
  });
  const { file, name } = await Promise.race([
    opened,
    parsed.then(() => {
      throw new DarkroomError('InvalidInput', 'The form has no file.');
    }),
  ]);
  return {
    ...(name && { fileName: soundName(name) }),
    ...(received.owner && { owner: received.owner }),
    body: wholeFile(file, parsed),
  };
}

/** @throws DarkroomError `InvalidInput` when the header names no boundary */
function openForm(mediaType: string): Busboy {
  try {
    return new Busboy({ headers: { 'content-type': mediaType }, limits: LIMITS });
  } catch (error) {
    throw malformed(error);
  }
}

/** The file, and no end before the end of the form. */
async function* wholeFile(
  file: BusboyFileStream,
  parsed: Promise<void>,
): AsyncGenerator<Uint8Array, undefined> {
  try {
    yield* file as AsyncIterable<Uint8Array>;
  } catch (error) {
    // The form knows why.
    await parsed;
    throw error;
  }
  await parsed;
}

function malformed(cause: unknown): DarkroomError {
  return new DarkroomError('InvalidInput', 'The form is malformed or incomplete.', { cause });
}

/** As the person named it, without what no file name has. */
function soundName(name: string): string {
  return basename(name.replaceAll('\\', '/'))
    .replaceAll(/[\x00-\x1f\x7f]/g, '')
    .slice(0, 255);
}
