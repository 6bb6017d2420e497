import type { CameraFacts } from '../domain/image.js';
import { openExif } from './exif.js';

/** Longer than any name of a camera; a hostile block could hold kilobytes. */
const MAX_NAME_LENGTH = 80;

/** As EXIF numbers them. */
const TAGS = {
  make: 0x010f,
  model: 0x0110,
  lens: 0xa434,
  takenAt: 0x9003,
  takenAtOffset: 0x9011,
  exposureSeconds: 0x829a,
  aperture: 0x829d,
  iso: 0x8827,
  isoSpeed: 0x8833,
  focalLengthMm: 0x920a,
} as const;

/**
 * What the camera says of the shot, picked field by field so that nothing else (where, whose camera)
 * can slip through. `undefined` when there is nothing, and when the block is broken: a bad EXIF block
 * never costs the picture.
 */
export function cameraFacts(exif: Buffer | undefined): CameraFacts | undefined {
  if (exif === undefined) return undefined;
  const { text, number } = openExif(exif);
  const candidates: { [K in keyof CameraFacts]: CameraFacts[K] | undefined } = {
    make: name(text('image', TAGS.make)),
    model: name(text('image', TAGS.model)),
    lens: name(text('photo', TAGS.lens)),
    takenAt: moment(text('photo', TAGS.takenAt), text('photo', TAGS.takenAtOffset)),
    exposureSeconds: positive(number('photo', TAGS.exposureSeconds)),
    aperture: positive(number('photo', TAGS.aperture)),
    iso: positive(number('photo', TAGS.iso) ?? number('photo', TAGS.isoSpeed)),
    focalLengthMm: positive(number('photo', TAGS.focalLengthMm)),
  };
  const facts = Object.entries(candidates).filter(([, value]) => value !== undefined);
  return facts.length > 0 ? Object.fromEntries(facts) : undefined;
}

function name(value: string | undefined): string | undefined {
  const text = value?.replaceAll(/\p{Cc}+/gu, ' ').trim();
  return text === '' ? undefined : text?.slice(0, MAX_NAME_LENGTH);
}

function positive(value: number | undefined): number | undefined {
  return value !== undefined && Number.isFinite(value) && value > 0 ? value : undefined;
}

/** ISO 8601 in the camera's own time; with an offset only when the camera wrote one. */
function moment(date: string | undefined, offset: string | undefined): string | undefined {
  const [, year, month, day, time] =
    /^(\d{4}):(\d\d):(\d\d) (\d\d:\d\d:\d\d)$/.exec(date ?? '') ?? [];
  const read = new Date(`${year}-${month}-${day}T${time}Z`);
  if (Number.isNaN(read.getTime())) return undefined;
  const zone = offset !== undefined && /^[+-]\d\d:\d\d$/.test(offset) ? offset : '';
  return read.toISOString().slice(0, 19) + zone;
}
