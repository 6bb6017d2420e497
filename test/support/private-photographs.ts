import { pixels } from './pictures.js';
import { crc32 } from './hostile/crc32.js';

/** What a camera and its owner write into a picture, wherever its format has a place for it. */
export const PRIVATE = {
  'the number of the camera': 'SERIAL-4711',
  'the number of the lens': 'SERIAL-4712',
  'the name of its owner': 'Planted Owner',
};

/** 51 degrees, 30 minutes and 17 seconds, as EXIF has them: three pairs of numbers. */
const PLACE = Buffer.from([51, 0, 0, 0, 1, 0, 0, 0, 30, 0, 0, 0, 1, 0, 0, 0, 17, 0, 0, 0, 1]);

/** The place in every form that somebody could write it in. */
export const PLACES = {
  'the place': PLACE.toString('latin1'),
  'the place in degrees': '51.5047',
  'the place in minutes': '51,30.28',
  'the name of the place': 'GPSLatitude',
};

const [CAMERA, LENS, OWNER] = Object.values(PRIVATE);

const EXIF = {
  IFD0: { Make: 'Darkroom', Model: 'Paintbox 1', Artist: OWNER ?? '' },
  IFD2: { BodySerialNumber: CAMERA ?? '', LensSerialNumber: LENS ?? '' },
  IFD3: { GPSLatitudeRef: 'N', GPSLatitude: '51/1 30/1 17/1' },
};

const XMP = `<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:exif="http://ns.adobe.com/exif/1.0/" xmlns:aux="http://ns.adobe.com/exif/1.0/aux/"
 exif:GPSLatitude="51,30.28N" aux:SerialNumber="${CAMERA}" aux:LensSerialNumber="${LENS}" aux:OwnerName="${OWNER}"/>
</rdf:RDF></x:xmpmeta><?xpacket end="w"?>`;

/** A photograph in every format that is uploaded, each with all that its format can hold. */
export async function privatePhotographs(seed: number): Promise<Record<string, Buffer>> {
  const told = () => pixels({ widthPx: 700, heightPx: 500, seed }).withExif(EXIF).withXmp(XMP);
  return {
    'image/jpeg': withIptc(await told().jpeg().toBuffer()),
    'image/png': withText(await told().png().toBuffer()),
    'image/webp': await told().webp({ effort: 0 }).toBuffer(),
    'image/avif': await told().avif({ effort: 0 }).toBuffer(),
  };
}

const STARTS_BYTES = 2;

/** IPTC's name of the writer, in the block of Photoshop that carries it. */
function withIptc(jpeg: Buffer): Buffer {
  const name = Buffer.from(`${OWNER}, 51.5047`);
  const record = Buffer.concat([Buffer.from([0x1c, 2, 80, 0, name.byteLength]), name]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(record.byteLength);
  const block = [Buffer.from('Photoshop 3.0\0' + '8BIM\x04\x04\0\0', 'latin1'), length, record];
  const data = Buffer.concat([...block, Buffer.alloc(record.byteLength % 2)]);
  const head = Buffer.from([0xff, 0xed, 0, 0]);
  head.writeUInt16BE(data.byteLength + 2, 2);
  return Buffer.concat([jpeg.subarray(0, STARTS_BYTES), head, data, jpeg.subarray(STARTS_BYTES)]);
}

/** A signature of eight bytes and a header of 25 come first. */
const PNG_HEAD_BYTES = 33;

function withText(png: Buffer): Buffer {
  const named = Buffer.from(`tEXtAuthor\0${OWNER}, GPSLatitude 51.5047`, 'latin1');
  const chunk = Buffer.alloc(named.byteLength + 8);
  chunk.writeUInt32BE(named.byteLength - 4);
  named.copy(chunk, 4);
  chunk.writeUInt32BE(crc32(named), named.byteLength + 4);
  return Buffer.concat([png.subarray(0, PNG_HEAD_BYTES), chunk, png.subarray(PNG_HEAD_BYTES)]);
}
