import { CONTAINER_FILES } from './containers.js';
import { GIF_FILES } from './gif.js';
import type { HostileFile } from './hostile-file.js';
import { JPEG_FILES } from './jpeg.js';
import { PNG_FILES } from './png.js';
import { TEXT_FILES } from './text.js';
import { TIFF_FILES } from './tiff.js';

/** Every way that we know to hurt who reads pictures; all of them within the limit of file sizes. */
export const HOSTILE_FILES: HostileFile[] = [
  ...PNG_FILES,
  ...JPEG_FILES,
  ...CONTAINER_FILES,
  ...GIF_FILES,
  ...TIFF_FILES,
  ...TEXT_FILES,
];
