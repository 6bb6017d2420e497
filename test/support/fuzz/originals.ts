import { readFile } from 'node:fs/promises';
import { displayProfile, moving, picture, pixels } from '../pictures.js';

const SIZE = { widthPx: 96, heightPx: 64 };
const COLORS = ['red', 'green', 'blue', 'white'];
const WIDE = { r: [0.61, 0.31, 0.02], g: [0.2, 0.62, 0.07], b: [0.15, 0.06, 0.74] };

/** Real files of every format and of the ways to write it, small, so that many can be tried. */
export async function fuzzOriginals(): Promise<Record<string, Buffer>> {
  const photo = () => pixels(SIZE);
  const exif = { IFD0: { Make: 'Darkroom', Model: 'One' }, IFD2: { FNumber: '28/10' } };
  const png = { compressionLevel: 6 };
  return {
    'plain.jpg': await picture(SIZE),
    'progressive.jpg': await photo().withExif(exif).jpeg({ progressive: true }).toBuffer(),
    'turned.jpg': await picture({ ...SIZE, orientation: 6 }),
    'grey.jpg': await photo().greyscale().jpeg().toBuffer(),
    'cmyk.jpg': await photo().toColourspace('cmyk').jpeg().toBuffer(),
    'profile.jpg': await withProfile(await picture(SIZE)),
    'plain.png': await photo().png(png).toBuffer(),
    'palette.png': await photo()
      .png({ ...png, palette: true, colours: 16 })
      .toBuffer(),
    'interlaced.png': await pixels({ ...SIZE, alpha: 'fading' })
      .png({ ...png, progressive: true })
      .toBuffer(),
    'deep.png': await photo().toColourspace('rgb16').withExif(exif).png(png).toBuffer(),
    'lossy.webp': await pixels({ ...SIZE, alpha: 'fading' })
      .withExif(exif)
      .webp()
      .toBuffer(),
    'lossless.webp': await photo().webp({ lossless: true, effort: 0 }).toBuffer(),
    'moving.webp': await moving({ ...SIZE, format: 'webp', colors: COLORS }),
    'plain.gif': await picture({ ...SIZE, format: 'gif' }),
    'moving.gif': await moving({ ...SIZE, format: 'gif', colors: COLORS }),
    'plain.avif': await picture({ ...SIZE, format: 'avif' }),
    'alpha.avif': await pixels({ ...SIZE, alpha: 'fading' })
      .avif({ effort: 0 })
      .toBuffer(),
    'lzw.tiff': await picture({ ...SIZE, format: 'tiff' }),
    'tiles.tiff': await photo()
      .tiff({ tile: true, compression: 'deflate', pyramid: true })
      .toBuffer(),
    'jpeg.tiff': await photo().tiff({ compression: 'jpeg' }).toBuffer(),
    'bits.tiff': await photo().toColourspace('b-w').tiff({ bitdepth: 1 }).toBuffer(),
    'hill.heic': await readFile(new URL('../../imaging/fixtures/hill.heic', import.meta.url)),
  };
}

/** As an APP2 segment behind the first marker. */
async function withProfile(jpeg: Buffer): Promise<Buffer> {
  const profile = displayProfile(WIDE, 2.2);
  const head = Buffer.from('\xff\xe2\0\0ICC_PROFILE\0\x01\x01', 'latin1');
  head.writeUInt16BE(head.length - 2 + profile.length, 2);
  return Buffer.concat([jpeg.subarray(0, 2), head, profile, jpeg.subarray(2)]);
}
