import sharp from 'sharp';

/** The loaders that Darkroom needs, from memory only: one that knows a path can be made to read beside it. */
const ALLOWED = ['Jpeg', 'Png', 'Webp', 'Heif', 'Nsgif', 'Tiff'].map(
  (name) => `VipsForeignLoad${name}Buffer`,
);

/**
 * Switches off every other loader of libvips in this process: what it calls unsafe (SVG, PDF, its own
 * format), whatever else a build of one's own has in it, and all that read files. `selfTest` sees that
 * it took.
 */
export function restrictLoaders(): void {
  sharp.block({ operation: ['VipsForeignLoad'] });
  sharp.unblock({ operation: ALLOWED });
}

/** The beginning of a file of each kind that nobody may make us read; enough for its loader to answer. */
const UNSAFE: Record<string, Buffer> = {
  svg: Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="32" height="24"/>'),
  pdf: Buffer.from(
    '%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj ' +
      '3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>endobj trailer<</Root 1 0 R>>',
  ),
  ppm: Buffer.from('P5 1 1 255\n\0', 'latin1'),
  radiance: Buffer.from('#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n-Y 1 +X 1\n\0\0\0\0', 'latin1'),
  bmp: bitmap(),
  csv: Buffer.from('1,2\n3,4\n'),
  vips: Buffer.concat([Buffer.from([0x08, 0xf2, 0xa6, 0xb6]), Buffer.alloc(80, 1)]),
};

/** A pixel for ImageMagick, which reads what no other loader does. */
function bitmap(): Buffer {
  const bytes = Buffer.alloc(58);
  bytes.write('BM', 'latin1');
  bytes.writeUInt32LE(58, 2);
  bytes.writeUInt32LE(54, 10);
  bytes.writeUInt32LE(40, 14);
  bytes.writeUInt32LE(1, 18);
  bytes.writeUInt32LE(1, 22);
  bytes.writeUInt16LE(1, 26);
  bytes.writeUInt16LE(24, 28);
  return bytes;
}

/** Kinds of files that a loader answers to although it must not; past our own look at the content. */
export async function unsafeLoaders(): Promise<string[]> {
  const answers = Object.entries(UNSAFE).map(async ([name, bytes]) =>
    (await isRead(bytes)) ? [name] : [],
  );
  return (await Promise.all(answers)).flat();
}

/** Whether something reads it, from memory. */
export function isRead(input: Buffer | string): Promise<boolean> {
  return sharp(input)
    .metadata()
    .then(
      () => true,
      () => false,
    );
}
