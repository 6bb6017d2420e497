import { proxyActivities } from '@temporalio/workflow';
import type { Activities } from '../activities/index.js';
import { POLICIES } from './policies.js';

/** Short work on the catalog, under the words that the Temporal Web UI shows of it. */
export function catalogActivities(summary: string) {
  return proxyActivities<Activities>({ ...POLICIES.catalog, summary });
}
