import { firstLine } from './first-line.js';

const FAULTS =
  /memory|no space left|quota exceeded|read-only file system|too many open files|input\/output error/i;
/** libheif says "memory allocation error" of files that claim too much. */
const CLAIMS = /security limit/i;

/**
 * Whether a decoder failed for want of memory, room on a disk or handles: that says nothing about the picture, which
 * would be set aside for good.
 */
export function isMachineFault(error: unknown): boolean {
  const message = firstLine(error);
  return FAULTS.test(message) && !CLAIMS.test(message);
}
