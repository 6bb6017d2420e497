import { gzipSync } from 'node:zlib';
import { deflatedZeros } from './deflate.js';
import type { HostileFile } from './hostile-file.js';

const TWO_GB = 2_000_000_000;
/** Of deflate without zlib's frame. */
const rawZeros = () => deflatedZeros(TWO_GB).subarray(2, -4);

function gzipOfZeros(): Buffer {
  const head = Buffer.from('\x1f\x8b\x08\0\0\0\0\0\0\x03', 'latin1');
  return Buffer.concat([head, rawZeros(), Buffer.alloc(8)]);
}

/** The entry by which Office's files are told from others. */
function zipOfZeros(): Buffer {
  const name = '[Content_Types].xml';
  const head = Buffer.alloc(30);
  head.write('PK\x03\x04', 'latin1');
  head.writeUInt16LE(20, 4);
  head.writeUInt16LE(8, 8);
  const data = rawZeros();
  head.writeUInt32LE(data.byteLength, 18);
  head.writeUInt32LE(TWO_GB, 22);
  head.writeUInt16LE(name.length, 26);
  return Buffer.concat([head, Buffer.from(name), data]);
}

const SVG =
  '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><image href="file:///etc/passwd"/></svg>';

const entities = Array.from({ length: 9 }, (_, level) => {
  const before = level === 0 ? 'ha' : `&e${level - 1};`;
  return `<!ENTITY e${level} "${before.repeat(10)}">`;
});
const LAUGHS = `<?xml version="1.0"?><!DOCTYPE svg [${entities.join('')}]><svg>&e8;</svg>`;

/** What must never reach a loader, however it is dressed. */
const DRAWINGS: [name: string, content: string | Buffer, ends: HostileFile['ends']][] = [
  ['an SVG', SVG, 'UnsupportedFormat'],
  ['an SVG behind a byte order mark', `\uFEFF${SVG}`, 'UnsupportedFormat'],
  ['an SVG behind blanks', `${' \n'.repeat(20_000)}${SVG}`, 'UnsupportedFormat'],
  ['an SVG behind a megabyte of blanks', `${' '.repeat(1_000_000)}${SVG}`, 'NotAnImage'],
  ['an SVG behind a comment', `<!-- <html> -->${SVG}`, 'UnsupportedFormat'],
  ['an SVG with entities that grow to a thousand million', LAUGHS, 'UnsupportedFormat'],
  ['an SVG in UTF-16', Buffer.from(`\uFEFF${SVG}`, 'utf16le'), 'NotAnImage'],
  ['an SVG that is compressed', gzipSync(SVG), 'NotAnImage'],
  ['an SVG behind the beginning of a GIF', `GIF89a${SVG}`, 'ImageCorrupt'],
  [
    'an SVG behind the beginning of a JPEG',
    Buffer.from(`\xff\xd8\xff${SVG}`, 'latin1'),
    'ImageCorrupt',
  ],
  ['a page', '<!doctype html><html><svg></svg><script>alert(1)</script>', 'NotAnImage'],
  ['a PDF', '%PDF-1.7\n1 0 obj\n', 'NotAnImage'],
  ['a PostScript program', '%!PS-Adobe-3.0 EPSF-3.0\n(/etc/passwd) (r) file\n', 'NotAnImage'],
  ['a script of ImageMagick', 'push graphic-context\nimage over 0,0 0,0 "|id"\n', 'NotAnImage'],
  ['a portable pixmap', 'P6 60000 60000 255\n', 'NotAnImage'],
  [
    'a picture of libvips',
    Buffer.from([0x08, 0xf2, 0xa6, 0xb6, ...Buffer.alloc(64)]),
    'NotAnImage',
  ],
  ['a table', '1,2,3\n4,5,6\n', 'NotAnImage'],
  ['nothing', '', 'ImageEmpty'],
  ['one byte', '\0', 'NotAnImage'],
  ['the first bytes of a JPEG', Buffer.from([0xff, 0xd8, 0xff]), 'ImageCorrupt'],
  ['the first bytes of a PNG', Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), 'NotAnImage'],
  ['gzip that inflates to 2 GB', gzipOfZeros(), 'NotAnImage'],
  ['a zip archive whose table of contents inflates to 2 GB', zipOfZeros(), 'NotAnImage'],
  [
    '40 MB of tags of music, each within the one before',
    Buffer.from('ID3\x04\0\0\0\0\0\0'.repeat(4_000_000), 'latin1'),
    'NotAnImage',
  ],
  [
    'Matroska, 100,000 deep',
    Buffer.from('\x1a\x45\xdf\xa3\x01\0\0\0\0\xff\xff\xff'.repeat(100_000), 'latin1'),
    'NotAnImage',
  ],
  ['the first bytes of a WebP', 'RIFF\xff\xff\xff\xffWEBP', 'NotAnImage'],
  ['the first bytes of a TIFF', 'II*\0', 'ImageCorrupt'],
  ['40 MB of zeros', Buffer.alloc(40_000_000), 'NotAnImage'],
  ['40 MB of ones', Buffer.alloc(40_000_000, 0xff), 'NotAnImage'],
];

export const TEXT_FILES: HostileFile[] = DRAWINGS.map(([name, content, ends]) => ({
  name,
  bytes: () => Buffer.from(content as string),
  ends,
}));
