import sharp from 'sharp';
import type { DominantColor } from '../domain/image.js';
import { appearanceOf, THUMBNAIL_EDGE_PX } from './appearance.js';

/** The colours of a small picture, measured as those of originals are. @throws when it is none */
export async function colorsOfPicture(bytes: Uint8Array): Promise<DominantColor[]> {
  const { data, info } = await sharp(bytes, { failOn: 'error' })
    .resize(THUMBNAIL_EDGE_PX, THUMBNAIL_EDGE_PX, { fit: 'inside', withoutEnlargement: true })
    .ensureAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  return appearanceOf({ data, widthPx: info.width, heightPx: info.height }).colors;
}
