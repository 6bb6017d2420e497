/**
 * The program of a thread that decodes one HEIC with libheif and ends. It calls the C functions
 * rather than the wrapper around them, which has no strict decoding: a file that was cut off would
 * come out green where it ends.
 */
import { parentPort, workerData } from 'node:worker_threads';

export interface HeicRequest {
  bytes: Uint8Array;
  maxPixels: number;
  /** What the header said; the decoder must agree. */
  widthPx: number;
  heightPx: number;
  /** The package with the decoder. */
  decoder: string;
}

export type HeicReply =
  | { ok: { data: ArrayBuffer; channels: 3 | 4 } }
  | { failed: { kind: 'UnsupportedFormat' | 'ImageCorrupt'; message: string } };

/** What is used of libheif; pointers are numbers, and a `result` is where a `heif_error` goes. */
interface Libheif {
  HEAPU8: Uint8Array;
  _malloc(bytes: number): number;
  _heif_context_alloc(): number;
  _heif_context_set_maximum_image_size_limit(context: number, maxEdgePx: number): void;
  _heif_context_read_from_memory(
    result: number,
    context: number,
    bytes: number,
    length: number,
    options: number,
  ): void;
  _heif_context_get_primary_image_handle(result: number, context: number, handle: number): void;
  _heif_image_handle_get_width(handle: number): number;
  _heif_image_handle_get_height(handle: number): number;
  _heif_image_handle_has_alpha_channel(handle: number): number;
  _heif_decoding_options_alloc(): number;
  _heif_decode_image(
    result: number,
    handle: number,
    image: number,
    colorSpace: number,
    chroma: number,
    options: number,
  ): void;
  _heif_image_get_plane_readonly2(image: number, channel: number, stride: number): number;
}

const COLORSPACE_RGB = 1;
const CHROMA_INTERLEAVED_RGB = 10;
const CHROMA_INTERLEAVED_RGBA = 11;
const CHANNEL_INTERLEAVED = 10;
/** Of `heif_decoding_options`, whose fields never move: it grows at its end. */
const CONVERT_HDR_TO_8BIT = 20;
const STRICT_DECODING = 21;

/** What libheif says of a file; anything else that is thrown is news about us. */
class Refused extends Error {}

const request = workerData as HeicRequest;
const reply = await answer(request);
parentPort?.postMessage(reply, 'ok' in reply ? [reply.ok.data] : []);

async function answer({ decoder }: HeicRequest): Promise<HeicReply> {
  const libheif = await load(decoder);
  if (libheif === undefined) {
    const message = `HEIC needs one more package: npm install ${decoder}`;
    return { failed: { kind: 'UnsupportedFormat', message } };
  }
  try {
    return { ok: decode(libheif, request) };
  } catch (error) {
    if (!(error instanceof Refused || isTrap(error))) throw error;
    const message = `The image cannot be decoded: ${error.message}`;
    return { failed: { kind: 'ImageCorrupt', message } };
  }
}

/** A decoder that a picture led astray: a `WebAssembly.RuntimeError`, which Node's types do not know. */
function isTrap(error: unknown): error is Error {
  return error instanceof Error && error.name === 'RuntimeError';
}

async function load(decoder: string): Promise<Libheif | undefined> {
  try {
    const module = (await import(`${decoder}/wasm-bundle.js`)) as {
      default: Libheif | Promise<Libheif>;
    };
    return await module.default;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND') return;
    throw error;
  }
}

/** Frees nothing: the thread takes its memory with it. */
function decode(libheif: Libheif, { bytes, maxPixels, widthPx, heightPx }: HeicRequest) {
  const at = (pointer: number) => new DataView(libheif.HEAPU8.buffer).getUint32(pointer, true);
  const result = libheif._malloc(12);
  const out = libheif._malloc(4);
  const check = () => {
    if (at(result) !== 0) throw new Refused(textAt(libheif.HEAPU8, at(result + 8)));
  };

  const context = libheif._heif_context_alloc();
  libheif._heif_context_set_maximum_image_size_limit(context, Math.ceil(Math.sqrt(maxPixels)));
  const file = libheif._malloc(bytes.byteLength);
  libheif.HEAPU8.set(bytes, file);
  libheif._heif_context_read_from_memory(result, context, file, bytes.byteLength, 0);
  check();
  libheif._heif_context_get_primary_image_handle(result, context, out);
  check();
  const handle = at(out);
  const width = libheif._heif_image_handle_get_width(handle);
  const height = libheif._heif_image_handle_get_height(handle);
  if (width !== widthPx || height !== heightPx) {
    throw new Refused(`its header says ${widthPx} x ${heightPx}, its picture ${width} x ${height}`);
  }
  const hasAlpha = libheif._heif_image_handle_has_alpha_channel(handle) !== 0;
  const chroma = hasAlpha ? CHROMA_INTERLEAVED_RGBA : CHROMA_INTERLEAVED_RGB;
  const options = libheif._heif_decoding_options_alloc();
  libheif.HEAPU8[options + CONVERT_HDR_TO_8BIT] = 1;
  libheif.HEAPU8[options + STRICT_DECODING] = 1;
  libheif._heif_decode_image(result, handle, out, COLORSPACE_RGB, chroma, options);
  check();
  const plane = libheif._heif_image_get_plane_readonly2(at(out), CHANNEL_INTERLEAVED, out);
  const channels = hasAlpha ? (4 as const) : (3 as const);
  const rows = { at: plane, stride: at(out), bytes: width * channels, count: height };
  return { data: withoutPadding(libheif.HEAPU8, rows), channels };
}

function withoutPadding(
  memory: Uint8Array,
  rows: { at: number; stride: number; bytes: number; count: number },
): ArrayBuffer {
  const pixels = new Uint8Array(rows.bytes * rows.count);
  for (let row = 0; row < rows.count; row++) {
    const from = rows.at + row * rows.stride;
    pixels.set(memory.subarray(from, from + rows.bytes), row * rows.bytes);
  }
  return pixels.buffer;
}

function textAt(memory: Uint8Array, pointer: number): string {
  const text = Buffer.from(memory.subarray(pointer, memory.indexOf(0, pointer)));
  return text.toString('utf8').trim();
}
