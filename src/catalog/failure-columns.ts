import { images, runFailures } from './schema.js';

/** What a `RunFailure` is made of, from `run_failures` joined with `images`. */
export const FAILURE_COLUMNS = {
  imageId: runFailures.imageId,
  fileName: images.fileName,
  step: runFailures.step,
  kind: runFailures.kind,
  message: runFailures.message,
  at: runFailures.at,
} as const;
