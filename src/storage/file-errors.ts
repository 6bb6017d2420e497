import { DarkroomError, type FailureKind } from '../domain/failures.js';

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
  ENOSPC: 'StorageFull',
  EDQUOT: 'StorageFull',
  ENAMETOOLONG: 'InvalidInput',
  // The key runs through an object, or names a folder of other objects.
  ENOTDIR: 'InvalidInput',
  EEXIST: 'InvalidInput',
  EISDIR: 'InvalidInput',
};

/** Disks and mounts in trouble: the next try may find them well again. */
const OUTAGES = new Set(
  'EIO ENOENT EACCES EPERM EROFS ESTALE ENXIO ENODEV EBUSY EAGAIN EMFILE ENFILE ENOMEM ETIMEDOUT'.split(
    ' ',
  ),
);

/** The error by its kind; what is not from the file system (an abort, a bug) comes back as it is. */
export function fileError(error: unknown, doing: 'reading' | 'writing', name: string): unknown {
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
  if (code === undefined || error instanceof DarkroomError) return error;

  const kinds = doing === 'reading' ? WHILE_READING : WHILE_WRITING;
  const kind = kinds[code] ?? (OUTAGES.has(code) ? 'StorageUnavailable' : undefined);
  if (kind === undefined) return error;
  return new DarkroomError(kind, `${code} while ${doing} ${name}`, { cause: error });
}
