const FIRST_CHUNK_AT = 12;
const CHUNK_HEADER_BYTES = 8;
/** What an `ANMF` chunk says of its frame, in front of the chunks with its pixels. */
const FRAME_HEADER_BYTES = 16;

/**
 * How many frames a WebP has, counted no further than to one more than `most`. libwebp looks for each frame from the
 * first one on, when only the header is read: 100,000 frames of 50 bytes took it half a minute.
 */
export function webpFramesOf(bytes: Buffer, most: number): number {
  let frames = 0;
  for (let at = FIRST_CHUNK_AT; at + CHUNK_HEADER_BYTES <= bytes.length && frames <= most;) {
    const size = bytes.readUInt32LE(at + 4);
    const isFrame = bytes.toString('latin1', at, at + 4) === 'ANMF';
    if (isFrame) frames += 1;
    // Into a frame and not past it, as libwebp does: it takes what is in there and no picture for the next frame.
    at += CHUNK_HEADER_BYTES + (isFrame ? FRAME_HEADER_BYTES : size + (size & 1));
  }
  return frames;
}
