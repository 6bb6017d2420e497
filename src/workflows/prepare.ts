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
  return urgency.run(({ imaging, ...place }) => {
    const options = { ...POLICIES.imaging, ...imaging, ...place, summary };
    return proxyActivities<Activities>(options).prepareOriginal({ imageId, request });
  });
}
