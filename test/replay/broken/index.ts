import { proxyActivities } from '@temporalio/workflow';
import type { Activities } from '../../../src/activities/index.js';
import { POLICIES } from '../../../src/workflows/policies.js';

const { embedImage } = proxyActivities<Activities>(POLICIES.embedding);

/** Broken on purpose: starts with another activity than the histories do. */
export async function processImage({ imageId }: { imageId: string }): Promise<void> {
  await embedImage({ imageId });
}
