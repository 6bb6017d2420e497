const [MARKER, END, SCAN] = [0xff, 0xd9, 0xda];

/**
 * How often a JPEG passes over its pixels, counted no further than to one more than `most`. A progressive one may do
 * it two thousand times in as many hundred bytes each, and the decoder walks through all of its blocks for every
 * one: 185 KB took 18 s.
 */
export function scansOf(bytes: Buffer, most: number): number {
  let scans = 0;
  for (let at = 2; scans <= most;) {
    at = nextMarker(bytes, at);
    const kind = bytes[at + 1];
    if (kind === undefined || kind === END) break;
    if (kind === SCAN) scans += 1;
    if (at + 4 > bytes.length) break;
    at += 2 + bytes.readUInt16BE(at + 2);
  }
  return scans;
}

/**
 * Behind the coded pixels of a scan, in which marker bytes are stuffed with a zero or restart it. Markers that no
 * length follows are passed over one by one: what the decoder reads behind them, perhaps another scan, must not be
 * taken for their length.
 */
function nextMarker(bytes: Buffer, from: number): number {
  for (let at = bytes.indexOf(MARKER, from); at >= 0; at = bytes.indexOf(MARKER, at + 1)) {
    const kind = bytes[at + 1] ?? END;
    const standsAlone = kind === MARKER || kind < 0xc0 || (kind >= 0xd0 && kind <= 0xd8);
    if (!standsAlone) return at;
  }
  return bytes.length;
}
