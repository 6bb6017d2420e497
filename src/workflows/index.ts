export { backfill } from './backfill.js';
export { deleteImage } from './delete-image.js';
export { processImage } from './process-image.js';
export { sweep } from './sweep.js';
