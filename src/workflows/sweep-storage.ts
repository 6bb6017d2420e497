import { proxyActivities } from '@temporalio/workflow';
import type { Activities } from '../activities/index.js';
import type { SweptObjects } from '../activities/sweep-objects.js';
import { POLICIES } from './policies.js';

/** Objects that no image needs. Part by part, so that a lost worker costs one part of the listing. */
export async function sweepStorage(deleteOrphans: boolean): Promise<SweptObjects> {
  const total: SweptObjects = { orphans: 0, orphanBytes: 0, orphansDeleted: 0 };
  for (const prefix of PARTS) {
    const summary = `objects under ${prefix}`;
    const { sweepObjects } = proxyActivities<Activities>({ ...POLICIES.sweep, summary });
    const part = await sweepObjects({ prefix, deleteOrphans });
    total.orphans += part.orphans;
    total.orphanBytes += part.orphanBytes;
    total.orphansDeleted += part.orphansDeleted;
  }
  return total;
}

/** Keys and folders of owners begin with a digit of a hash; previews are named after their images. */
const DIGITS = [...'0123456789abcdef'];
const PARTS = [
  ...DIGITS.map((digit) => `variants/${digit}`),
  ...DIGITS.map((digit) => `originals/${digit}`),
  'previews/',
];
