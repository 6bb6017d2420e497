import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { DarkroomError } from '../domain/failures.js';
import type { ImageLimits } from './encoder-jobs.js';
import { firstLine } from './first-line.js';
import type { HeicReply, HeicRequest } from './heic-thread.js';
import type { ProbedOriginal } from './probe.js';
import { taggedTiff } from './tagged-tiff.js';

/** The compiled program, seen from src/ (vitest) and from dist/ alike: a thread has no TypeScript loader. */
const PROGRAM = fileURLToPath(new URL('../../dist/imaging/heic-thread.js', import.meta.url));

/** LGPL and a decoder of HEVC, which is patented: whoever needs it chooses it, sharp has none either. */
const DECODER = 'libheif-js';

/** Of the package that is installed; `undefined` when none is. */
export function heicDecoderVersion(decoder = DECODER): string | undefined {
  try {
    const { version } = createRequire(import.meta.url)(`${decoder}/package.json`) as {
      version: string;
    };
    return version;
  } catch {
    return undefined;
  }
}

type HeicOriginal = Pick<ProbedOriginal, 'bytes' | 'widthPx' | 'heightPx' | 'profile'>;

/**
 * The primary picture of a HEIC, upright, as a TIFF that sharp reads, with its profile.
 *
 * In a thread, because WebAssembly blocks the one it runs in, and an encoder process must hear that
 * its worker is gone. In a new one every time, because the memory of WebAssembly never shrinks and a
 * hostile file leaves nothing behind; that costs 0.4 s an image.
 * @param decoder the package, for tests
 * @throws DarkroomError UnsupportedFormat when the package is not there, ImageCorrupt,
 * EncoderUnavailable when the machine has no room for the thread, or Unexpected
 */
export async function decodeHeic(
  { bytes, widthPx, heightPx, profile }: HeicOriginal,
  { maxMegapixels }: ImageLimits,
  decoder = DECODER,
): Promise<Buffer> {
  const reply = await ask({ bytes, maxPixels: maxMegapixels * 1e6, widthPx, heightPx, decoder });
  if ('failed' in reply) throw new DarkroomError(reply.failed.kind, reply.failed.message);
  const { data, channels } = reply.ok;
  return taggedTiff({ data: Buffer.from(data), widthPx, heightPx, channels }, profile);
}

async function ask(request: HeicRequest): Promise<HeicReply> {
  const thread = startThread(request);
  try {
    return await new Promise<HeicReply>((resolve, reject) => {
      thread.once('message', resolve);
      // Neither is the fault of the image, which must not be set aside for it.
      const fail = (how: string) =>
        reject(new DarkroomError('Unexpected', `The HEIC decoder ${how}.`));
      thread.once('error', (error) => fail(`failed: ${error.message}`));
      thread.once('exit', () => fail('ended without an answer'));
    });
  } finally {
    await thread.terminate();
  }
}

function startThread(request: HeicRequest): Worker {
  try {
    return new Worker(PROGRAM, { workerData: request, execArgv: [] });
  } catch (error) {
    const message = `The thread of the HEIC decoder could not be started: ${firstLine(error)}`;
    throw new DarkroomError('EncoderUnavailable', message, { cause: error });
  }
}
