import readExif, { type Exif } from 'exif-reader';
import type { CameraFacts } from '../domain/image.js';

/** Longer than any name of a camera; a hostile block could hold kilobytes. */
const MAX_NAME_LENGTH = 80;

/**
 * What the camera says of the shot, picked field by field so that nothing else (where, whose camera)
 * can slip through. `undefined` when there is nothing, and when the block is broken: a bad EXIF block
 * never costs the picture.
 */
export function cameraFacts(exif: Buffer | undefined): CameraFacts | undefined {
  if (exif === undefined) return undefined;
  try {
    const facts = factsOf(readExif(exif));
    return Object.keys(facts).length > 0 ? facts : undefined;
  } catch {
    return undefined;
  }
}

function factsOf({ Image, Photo }: Exif): CameraFacts {
  const candidates: { [K in keyof CameraFacts]: CameraFacts[K] | undefined } = {
    make: name(Image?.Make),
    model: name(Image?.Model),
    lens: name(Photo?.LensModel),
    takenAt: moment(Photo?.DateTimeOriginal, Photo?.OffsetTimeOriginal),
    exposureSeconds: positive(Photo?.ExposureTime),
    aperture: positive(Photo?.FNumber),
    iso: positive(Photo?.ISOSpeedRatings ?? Photo?.ISOSpeed),
    focalLengthMm: positive(Photo?.FocalLength),
  };
  return Object.fromEntries(Object.entries(candidates).filter(([, value]) => value !== undefined));
}

// exif-reader's types say what the standard says; the values are whatever the file holds.

function name(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined;
  const text = value.replaceAll(/\p{Cc}+/gu, ' ').trim();
  return text === '' ? undefined : text.slice(0, MAX_NAME_LENGTH);
}

function positive(value: unknown): number | undefined {
  const number: unknown = Array.isArray(value) ? value[0] : value;
  return typeof number === 'number' && Number.isFinite(number) && number > 0 ? number : undefined;
}

/** ISO 8601 in the camera's own time; with an offset only when the camera wrote one. */
function moment(date: unknown, offset: unknown): string | undefined {
  if (!(date instanceof Date) || Number.isNaN(date.getTime())) return undefined;
  const zone = typeof offset === 'string' && /^[+-]\d\d:\d\d$/.test(offset) ? offset : '';
  // exif-reader puts the clock's reading into the UTC fields.
  return date.toISOString().slice(0, 19) + zone;
}
