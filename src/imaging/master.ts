import type {
  Animation,
  AskForRoom,
  PixelFile,
  PrepareInput,
  PrepareOutput,
} from './encoder-jobs.js';
import { appearanceOf, THUMBNAIL_EDGE_PX, type Thumbnail } from './appearance.js';
import { cameraFacts } from './camera.js';
import { openP3Pixels } from './color-profile.js';
import { decodeOriginal, type DecodedOriginal } from './decode.js';
import { frameOf } from './frames.js';
import { megapixelsOf } from './megapixel-budget.js';
import { openPixels, rawPixels, shrink, withoutIdleAlpha, type Pixels } from './pixels.js';
import { probeOriginal } from './probe.js';
import { writeWholeFile } from './whole-file.js';

/** What WebP can hold; a taller master (an endless screenshot) could not be encoded. */
const MAX_EDGE_PX = 16_383;

/** What a vision model needs at most, and cheap to keep. */
const PREVIEW_EDGE_PX = 512;

/**
 * Decodes an original once: its working master, its preview and everything that is learned from its
 * pixels. The master may be narrower than `maxMasterWidthPx` asks when the picture is extremely tall,
 * so tiers are planned from the master's width.
 * @throws DarkroomError as `probeOriginal` and `decodeOriginal` do.
 */
export async function prepareOriginal(
  input: PrepareInput,
  askForRoom?: AskForRoom,
): Promise<PrepareOutput> {
  const original = await probeOriginal(input.originalPath, input.limits);
  const { animation } = original;
  await askForRoom?.(megapixelsOf(original));
  const decoded = await decodeOriginal(original, {
    limits: input.limits,
    box: { widthPx: input.maxMasterWidthPx, heightPx: MAX_EDGE_PX },
    colorSpace: input.colorSpace ?? 'srgb',
  });
  const pixels = withoutIdleAlpha(decoded);
  const small = await glance(pixels, animation);
  const preview = await openPixels(small)
    .flatten({ background: 'white' })
    .jpeg({ quality: 80 })
    .toBuffer();
  const camera = cameraFacts(original.exif);

  await writeWholeFile(input.previewPath, preview);
  await writeWholeFile(input.masterPath, pixels.data);
  return {
    facts: {
      mediaType: original.mediaType,
      widthPx: original.widthPx,
      heightPx: original.heightPx,
      ...appearanceOf(await thumbnail(small)),
      animated: animation !== undefined,
      ...(camera && { camera }),
    },
    master: masterFile(input.masterPath, pixels, animation),
    previewBytes: preview.byteLength,
  };
}

function masterFile(path: string, pixels: DecodedOriginal, animation?: Animation): PixelFile {
  const { data: _data, ...shape } = pixels;
  return { path, ...shape, ...(animation && { animation }) };
}

/** The picture, or its first frame, in the size of the preview and in sRGB. */
async function glance(pixels: DecodedOriginal, animation?: Animation): Promise<Pixels> {
  const small = await shrink(animation ? frameOf(pixels, 0) : pixels, PREVIEW_EDGE_PX);
  return pixels.colorSpace === 'p3' ? rawPixels(await openP3Pixels(small)) : small;
}

async function thumbnail(small: Pixels): Promise<Thumbnail> {
  const tiny = await shrink(small, THUMBNAIL_EDGE_PX);
  return { ...tiny, data: await openPixels(tiny).ensureAlpha().raw().toBuffer() };
}
