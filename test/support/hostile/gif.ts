import type { HostileFile } from './hostile-file.js';

const TRAILER = Buffer.from([0x3b]);

function screen(widthPx: number, heightPx: number): Buffer {
  const bytes = Buffer.from('GIF89a\0\0\0\0\x80\0\0\0\0\0\xff\xff\xff', 'latin1');
  bytes.writeUInt16LE(widthPx, 6);
  bytes.writeUInt16LE(heightPx, 8);
  return bytes;
}

/** One pixel of LZW, whatever the frame says of its size. */
function frame(widthPx: number, heightPx: number, at = 0): Buffer {
  const bytes = Buffer.alloc(10);
  bytes[0] = 0x2c;
  for (const [index, value] of [at, at, widthPx, heightPx].entries()) {
    bytes.writeUInt16LE(value, 1 + index * 2);
  }
  return Buffer.concat([bytes, Buffer.from([2, 2, 0x44, 0x01, 0])]);
}

function comment(text: string): Buffer {
  return Buffer.from(`\x21\xfe${String.fromCharCode(text.length)}${text}\0`, 'latin1');
}

export const GIF_FILES: HostileFile[] = [
  {
    name: 'a GIF of 10,000 frames',
    bytes: () =>
      Buffer.concat([screen(10, 10), ...Array<Buffer>(10_000).fill(frame(1, 1)), TRAILER]),
    ends: 'TooManyPixels',
  },
  {
    name: 'a GIF of three million frames',
    bytes: () =>
      Buffer.concat([screen(1, 1), ...Array<Buffer>(3_000_000).fill(frame(1, 1)), TRAILER]),
    ends: 'TooManyPixels',
  },
  {
    name: 'a GIF whose screen is 60,000 pixels square and whose frame is one pixel',
    bytes: () => Buffer.concat([screen(60_000, 60_000), frame(1, 1), TRAILER]),
    ends: 'prepared',
  },
  {
    name: 'a small GIF whose frame is 65,535 pixels square',
    bytes: () => Buffer.concat([screen(10, 10), frame(65_535, 65_535), TRAILER]),
    ends: 'TooManyPixels',
  },
  {
    name: 'a small GIF whose frames lie far outside of it',
    bytes: () =>
      Buffer.concat([screen(10, 10), frame(10, 10), frame(1, 1, 65_000), frame(1, 1), TRAILER]),
    ends: 'prepared',
  },
  {
    name: 'a GIF of 990 frames with as many pixels as are allowed',
    bytes: () =>
      Buffer.concat([screen(224, 224), ...Array<Buffer>(990).fill(frame(1, 1)), TRAILER]),
    ends: 'prepared',
  },
  {
    name: 'a GIF that is a script too',
    bytes: () =>
      Buffer.concat([
        screen(10, 10),
        comment('*/=1;alert(document.domain)//'),
        frame(1, 1),
        TRAILER,
      ]),
    ends: 'prepared',
  },
];
