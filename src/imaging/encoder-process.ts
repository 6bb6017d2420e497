/**
 * The program of an encoder process. It exists because nothing else stops a native encode: neither
 * sharp's time-out nor an abort signal reaches into libaom, only SIGKILL does.
 */
import sharp from 'sharp';
import { DarkroomError } from '../domain/failures.js';
import { machineFault } from '../domain/machine-faults.js';
import { thrownFirst } from '../domain/thrown-first.js';
import { encodeTier } from './encode.js';
import type {
  AskForRoom,
  EncoderIsUp,
  EncoderJobs,
  EncoderMessage,
  EncoderReply,
  EncoderRequest,
} from './encoder-jobs.js';
import { restrictLoaders } from './loaders.js';
import { prepareOriginal } from './master.js';
import { paintPrompt } from './paint-prompt.js';
import { selfTest } from './self-test.js';

// One image a core beats threads within one image, and no picture comes twice.
sharp.concurrency(1);
sharp.cache(false);
restrictLoaders();

/** Pixels that nobody needs any more and that may stay: about those of two tiers. */
const IDLE_PIXELS_BYTES = 16_000_000;

/** Goes on with the work that waits for room. */
let goOn: (() => void) | undefined;

process.on('message', (message: EncoderMessage) => {
  if ('job' in message) void answer(message);
  else goOn?.();
});

// The channel breaks when the worker is gone, however it died. process.exit() would wait for the
// encode in libuv's thread pool, for minutes perhaps.
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));

reply({ ready: true });

async function answer(request: EncoderRequest): Promise<void> {
  const { id } = request;
  try {
    reply({ id, ok: await perform(request, roomFor(id)) });
  } catch (error) {
    reply({ id, failed: failureOf(error) });
  }
  // The pixels of a job lie outside of V8's heap, which sees no reason to collect a few small objects
  // and keeps those of the last job beside those of the next. Collecting costs 10 ms, so not for every tier.
  if (process.memoryUsage().external > IDLE_PIXELS_BYTES) globalThis.gc?.();
}

function roomFor(id: number): AskForRoom {
  return (needsMegapixels) =>
    new Promise((resolve) => {
      goOn = resolve;
      reply({ id, needsMegapixels });
    });
}

function perform(
  request: EncoderRequest,
  askForRoom: AskForRoom,
): Promise<EncoderJobs[keyof EncoderJobs]['output']> {
  switch (request.job) {
    case 'prepare':
      return prepareOriginal(request.input, askForRoom);
    case 'encode':
      return encodeTier(request.input, askForRoom);
    case 'paint':
      return paintPrompt(request.input, askForRoom);
    case 'selfTest':
      return selfTest(request.input);
  }
}

function failureOf(failed: unknown): Extract<EncoderReply, { failed: unknown }>['failed'] {
  const thrown = thrownFirst(failed);
  const error = machineFault(thrown) ?? thrown;
  if (error instanceof DarkroomError) return { kind: error.kind, message: error.message };
  return { kind: 'Unexpected', message: error instanceof Error ? error.message : String(error) };
}

function reply(message: EncoderReply | EncoderIsUp): void {
  // An answer that finds nobody is no news: `disconnect` is about to end this process.
  process.send?.(message, () => {});
}
