import { DarkroomError, type FailureKind } from '../domain/failures.js';
import { machineFaultKind } from '../domain/machine-faults.js';

/** What a file system's refusal means for whoever reads one object. */
const WHILE_READING: Record<string, FailureKind> = {
  ENOENT: 'OriginalMissing',
  ENOTDIR: 'OriginalMissing',
  EACCES: 'OriginalUnreadable',
  EPERM: 'OriginalUnreadable',
  EISDIR: 'OriginalUnreadable',
  ELOOP: 'OriginalUnreadable',
  ENAMETOOLONG: 'InvalidInput',
};

/** A store that may not be written is the store's fault, not the object's. */
const WHILE_WRITING: Record<string, FailureKind> = {
  ENAMETOOLONG: 'InvalidInput',
  // The key runs through an object, or names a folder of other objects.
  ENOTDIR: 'InvalidInput',
  EEXIST: 'InvalidInput',
  EISDIR: 'InvalidInput',
};

/** Mounts in trouble, beside what the machine itself is short of: the next try may find them well again. */
const OUTAGES = new Set('ENOENT EACCES EPERM EBUSY ETIMEDOUT'.split(' '));

/** The error by its kind; what is not from the file system (an abort, a bug) comes back as it is. */
export function fileError(error: unknown, doing: 'reading' | 'writing', name: string): unknown {
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
  if (code === undefined || error instanceof DarkroomError) return error;

  const kinds = doing === 'reading' ? WHILE_READING : WHILE_WRITING;
  const outage = OUTAGES.has(code) ? 'StorageUnavailable' : undefined;
  const kind = kinds[code] ?? machineFaultKind(code) ?? outage;
  if (kind === undefined) return error;
  return new DarkroomError(kind, `${code} while ${doing} ${name}`, { cause: error });
}
