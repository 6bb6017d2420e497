export { backfill } from './backfill.js';
export { deleteImage } from './delete-image.js';
export { deliverWebhook } from './deliver-webhook.js';
export { failureDigest } from './failure-digest.js';
export { fsck } from './fsck.js';
export { generateImage } from './generate-image.js';
export { processImage } from './process-image.js';
export { sweep } from './sweep.js';
