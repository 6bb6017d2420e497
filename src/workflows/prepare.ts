import { proxyActivities } from '@temporalio/workflow';
import type { Activities } from '../activities/index.js';
import type { PreparedImage } from '../activities/prepare-original.js';
import type { Pass } from './pass.js';
import { POLICIES } from './policies.js';

/** Reads the original, by any worker. @param summary what the Temporal Web UI shows of it */
export function prepare(
  { imageId, request, urgency }: Pass,
  summary: string,
): Promise<PreparedImage> {
  return urgency.run((options) => {
    const imaging = { ...POLICIES.imaging, ...options, summary };
    return proxyActivities<Activities>(imaging).prepareOriginal({ imageId, request });
  });
}
