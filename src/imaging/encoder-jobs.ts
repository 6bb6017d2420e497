import type { FailureKind } from '../domain/failures.js';
import type { ResultFormat } from '../domain/generation.js';
import type { CameraFacts, DominantColor } from '../domain/image.js';
import type { ColorSpace, Format, FormatSettings } from '../domain/recipe.js';

/** Limits that are checked before anything is decoded. */
export interface ImageLimits {
  /** Of an animation: over all of its frames. */
  maxMegapixels: number;
  maxFileBytes: number;
}

/** Of a picture that moves. */
export interface Animation {
  /** At least 2. */
  frames: number;
  /** How long each frame is shown, 0 to 65,535; as in the original, where browsers take 0 to 10 for 100. */
  delaysMs: number[];
  /** How often it is played; 0 is for ever. */
  loop: number;
}

/** Uncompressed 8-bit pixels in a file, rows top to bottom, without padding. */
export interface PixelFile {
  path: string;
  widthPx: number;
  heightPx: number;
  /** 3: RGB, 4: RGB with alpha. */
  channels: 3 | 4;
  /** What the numbers mean when it is not sRGB. */
  colorSpace?: 'p3';
  /** Present when the file holds frames, one below the other; the height is that of one. */
  animation?: Animation;
}

/** What was learned about an original while its master was made. Sizes are after orientation. */
export interface OriginalFacts {
  /** From the content, not from the name: `image/jpeg`. */
  mediaType: string;
  widthPx: number;
  heightPx: number;
  /** Base64 of a thumbhash. */
  placeholder: string;
  /** Dominant colours, most of the picture first. */
  colors: DominantColor[];
  /** 0 black to 1 white, the mean over the picture. */
  brightness: number;
  /** Its variants move too; what is said of its looks is said of the first frame. */
  animated: boolean;
  camera?: CameraFacts;
}

export interface PrepareInput {
  originalPath: string;
  limits: ImageLimits;
  /** The working master is not wider than this, nor than the original. */
  maxMasterWidthPx: number;
  masterPath: string;
  /** Where a JPEG of at most 512 px goes. */
  previewPath: string;
  /** The recipe's; a master is `p3` only when the original is wider than sRGB. Default `srgb`. */
  colorSpace?: ColorSpace;
}

export interface PrepareOutput {
  facts: OriginalFacts;
  master: PixelFile;
  previewBytes: number;
}

export interface EncodeInput {
  master: PixelFile;
  widthPx: number;
  outputs: { settings: FormatSettings; path: string }[];
}

export interface EncodedFile {
  format: Format;
  path: string;
  widthPx: number;
  heightPx: number;
  sizeBytes: number;
  sha256: string;
}

export interface SelfTestInput {
  /** Empty, and only for this. */
  folder: string;
}

export interface SelfTestOutput {
  /** Versions of what encodes. */
  sharp: string;
  vips: string;
  /** Whether the optional decoder of HEIC is installed. */
  heic: boolean;
  /** Which format cannot be read or written, and why; none when all is well. */
  failures: string[];
  /** Kinds of files that are read although they must not be: `svg`; `paths` is whatever has one. */
  unsafe: string[];
}

/** A picture of what words say. The same input paints the same bytes. */
export interface PaintInput {
  prompt: string;
  /** What is not to be seen. */
  negativePrompt?: string;
  style?: string;
  /** Decides what the words leave open. */
  seed: string;
  widthPx: number;
  heightPx: number;
  format: ResultFormat;
  path: string;
  /** The picture it begins with; strength 0 is that one, 1 has nothing of it. */
  source?: { path: string; strength: number };
}

export interface PaintOutput {
  sizeBytes: number;
}

/** What an encoder process can be asked to do. Pixels travel by file, never in these messages. */
export interface EncoderJobs {
  prepare: { input: PrepareInput; output: PrepareOutput };
  encode: { input: EncodeInput; output: EncodedFile[] };
  paint: { input: PaintInput; output: PaintOutput };
  selfTest: { input: SelfTestInput; output: SelfTestOutput };
}

export type EncoderJob = keyof EncoderJobs;

/** Resolves when so many megapixels may be decoded. */
export type AskForRoom = (megapixels: number) => Promise<void>;

/** Work for an encoder process, which does one thing at a time. */
export type EncoderRequest = {
  [K in EncoderJob]: { id: number; job: K; input: EncoderJobs[K]['input'] };
}[EncoderJob];

/** A message to an encoder process: work, or the room that its work has asked for. */
export type EncoderMessage = EncoderRequest | { id: number; roomGranted: true };

/** What it says about its work: how much room that needs, then the answer; errors as their kind and words. */
export type EncoderReply =
  | { id: number; needsMegapixels: number }
  | { id: number; ok: EncoderJobs[EncoderJob]['output'] }
  | { id: number; failed: { kind: FailureKind; message: string } };

/** The first thing that it says: from here on it may be an image that ends it. */
export interface EncoderIsUp {
  ready: true;
}
