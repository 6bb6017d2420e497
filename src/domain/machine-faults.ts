import { DarkroomError, type FailureKind } from './failures.js';

/**
 * What the system says when the machine is at its end, whoever meets it. No image is to blame for
 * that, and none is to be given up: the next try may find the machine well again.
 */
const MACHINE_FAULTS: Partial<Record<string, FailureKind>> = {
  // No room, on whatever disk: that of the storage, of scratch, of uploads.
  ENOSPC: 'StorageFull',
  EDQUOT: 'StorageFull',
  // Disks and mounts in trouble.
  EROFS: 'StorageUnavailable',
  EIO: 'StorageUnavailable',
  ENODEV: 'StorageUnavailable',
  ENXIO: 'StorageUnavailable',
  ESTALE: 'StorageUnavailable',
  // No handles, no memory, no processes: files cannot be reached, though their disks are fine.
  EMFILE: 'StorageUnavailable',
  ENFILE: 'StorageUnavailable',
  ENOMEM: 'StorageUnavailable',
  EAGAIN: 'StorageUnavailable',
};

/** @param code of a system error, as `EMFILE` */
export function machineFaultKind(code: unknown): FailureKind | undefined {
  return typeof code === 'string' && Object.hasOwn(MACHINE_FAULTS, code)
    ? MACHINE_FAULTS[code]
    : undefined;
}

/** A system error by its kind; nothing for what has a kind already and for what is no system error. */
export function machineFault(error: unknown): DarkroomError | undefined {
  if (!(error instanceof Error) || error instanceof DarkroomError) return undefined;
  const kind = machineFaultKind('code' in error ? error.code : undefined);
  return kind && new DarkroomError(kind, error.message, { cause: error });
}
