/** Where a value may be: beside the picture, or in the directory about the shot. */
export type ExifDirectory = 'image' | 'photo';

/** Reads single values of an EXIF block; whatever is not there, broken or of another type is `undefined`. */
export interface ExifReader {
  /** ASCII up to its end or its 255th byte; other letters are not what the standard allows. */
  text: (directory: ExifDirectory, tag: number) => string | undefined;
  /** The first value. Rationals are divided. */
  number: (directory: ExifDirectory, tag: number) => number | undefined;
}

const PHOTO_DIRECTORY = 0x8769;
const ENTRY_BYTES = 12;
const TEXT_BYTES = 1;
const MAX_TEXT_BYTES = 255;
const ASCII = 2;
const NOTHING: ExifReader = { text: () => undefined, number: () => undefined };

/**
 * Why not `exif-reader`: it reads every value of every directory, and a value may claim to be the
 * whole block. 65 KB made 3 GB of arrays, and a larger block ended the process. Here nothing is read
 * but what is asked for, and of a list only its first value.
 */
export function openExif(block: Buffer): ExifReader {
  const bytes = block.toString('latin1', 0, 4) === 'Exif' ? block.subarray(6) : block;
  const order = bytes.toString('latin1', 0, 4);
  if (order !== 'II*\0' && order !== 'MM\0*') return NOTHING;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const tiff = new Tiff(view, order === 'II*\0');
  const image = tiff.unsigned32(4);
  const photo = tiff.number(image, PHOTO_DIRECTORY);
  const directoryOf = (name: ExifDirectory) => (name === 'image' ? image : photo);
  return {
    text: (name, tag) => tiff.text(directoryOf(name), tag),
    number: (name, tag) => tiff.number(directoryOf(name), tag),
  };
}

/** Of an entry: its type, and where its first value and how many of them are. */
interface Entry {
  type: number;
  count: number;
  at: number;
}

type ReadValue = (view: DataView, at: number, little: boolean) => number;

/** By type: how long a value is, and how it is read. Text (2) and bytes (7) are none of these. */
const NUMBERS: Partial<Record<number, [bytes: number, read: ReadValue]>> = {
  1: [1, (view, at) => view.getUint8(at)],
  3: [2, (view, at, little) => view.getUint16(at, little)],
  4: [4, (view, at, little) => view.getUint32(at, little)],
  5: [8, (view, at, little) => view.getUint32(at, little) / view.getUint32(at + 4, little)],
  6: [1, (view, at) => view.getInt8(at)],
  8: [2, (view, at, little) => view.getInt16(at, little)],
  9: [4, (view, at, little) => view.getInt32(at, little)],
  10: [8, (view, at, little) => view.getInt32(at, little) / view.getInt32(at + 4, little)],
};

class Tiff {
  readonly #view: DataView;
  readonly #little: boolean;

  constructor(view: DataView, little: boolean) {
    this.#view = view;
    this.#little = little;
  }

  text(directory: number | undefined, tag: number): string | undefined {
    const entry = this.#find(directory, tag);
    if (entry?.type !== ASCII) return undefined;
    const { byteOffset } = this.#view;
    const end = Math.min(entry.at + Math.min(entry.count, MAX_TEXT_BYTES), this.#view.byteLength);
    const letters = new Uint8Array(this.#view.buffer, byteOffset + entry.at, end - entry.at);
    if (letters.some((letter) => letter > 0x7f)) return undefined;
    return Buffer.from(letters).toString('latin1').replace(/\0$/, '');
  }

  number(directory: number | undefined, tag: number): number | undefined {
    const entry = this.#find(directory, tag);
    const [bytes, read] = NUMBERS[entry?.type ?? 0] ?? [];
    if (entry === undefined || bytes === undefined || read === undefined) return undefined;
    return this.#holds(entry.at, bytes) ? read(this.#view, entry.at, this.#little) : undefined;
  }

  unsigned32(at: number): number | undefined {
    return this.#holds(at, 4) ? this.#view.getUint32(at, this.#little) : undefined;
  }

  /** In one pass over the entries, of which a directory has at most 65,535. */
  #find(directory: number | undefined, tag: number): Entry | undefined {
    if (directory === undefined || !this.#holds(directory, 2)) return undefined;
    const entries = this.#view.getUint16(directory, this.#little);
    for (let index = 0; index < entries; index++) {
      const at = directory + 2 + index * ENTRY_BYTES;
      if (!this.#holds(at, ENTRY_BYTES)) return undefined;
      if (this.#view.getUint16(at, this.#little) === tag) return this.#entry(at);
    }
    return undefined;
  }

  /** Values of up to four bytes stand in the entry itself, others where it says. */
  #entry(at: number): Entry | undefined {
    const type = this.#view.getUint16(at + 2, this.#little);
    const count = this.#view.getUint32(at + 4, this.#little);
    const [bytes = TEXT_BYTES] = NUMBERS[type] ?? [];
    const within = bytes * count <= 4;
    const start = within ? at + 8 : this.#view.getUint32(at + 8, this.#little);
    return count > 0 && this.#holds(start, 1) ? { type, count, at: start } : undefined;
  }

  #holds(at: number, bytes: number): boolean {
    return at + bytes <= this.#view.byteLength;
  }
}
