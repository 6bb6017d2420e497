export { backfill } from './backfill.js';
export { processImage } from './process-image.js';
