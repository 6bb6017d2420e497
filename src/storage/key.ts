import { DarkroomError } from '../domain/failures.js';

/**
 * Refuses what could mean another place in another store: absolute keys, `.` and `..`, empty parts,
 * backslashes and NUL. @throws DarkroomError `InvalidInput`
 */
export function checkKey(key: string): void {
  const sound = key.split('/').every((part) => part !== '' && part !== '.' && part !== '..');
  if (!sound || /[\\\0]/.test(key)) {
    throw new DarkroomError('InvalidInput', `${JSON.stringify(key)} cannot be a storage key`);
  }
}

/** A prefix is the beginning of a key: it may be empty and may end anywhere. */
export function checkPrefix(prefix: string): void {
  checkKey(`${prefix}x`);
}
