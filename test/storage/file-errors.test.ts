import { describe, expect, it } from 'vitest';
import { DarkroomError } from '../../src/domain/failures.js';
import { fileError } from '../../src/storage/file-errors.js';

function kindOf(code: string, doing: 'reading' | 'writing'): string | undefined {
  const error = fileError(Object.assign(new Error(code), { code }), doing, 'a/b.jpg');
  return error instanceof DarkroomError ? error.kind : undefined;
}

describe('fileError', () => {
  it.each([
    ['ENOENT', 'OriginalMissing', 'StorageUnavailable'],
    ['ENOTDIR', 'OriginalMissing', 'InvalidInput'],
    ['EACCES', 'OriginalUnreadable', 'StorageUnavailable'],
    ['EPERM', 'OriginalUnreadable', 'StorageUnavailable'],
    ['EISDIR', 'OriginalUnreadable', 'InvalidInput'],
    ['ENAMETOOLONG', 'InvalidInput', 'InvalidInput'],
    ['EIO', 'StorageUnavailable', 'StorageUnavailable'],
    ['EROFS', 'StorageUnavailable', 'StorageUnavailable'],
    ['EMFILE', 'StorageUnavailable', 'StorageUnavailable'],
    ['EBUSY', 'StorageUnavailable', 'StorageUnavailable'],
    ['ENOSPC', 'StorageFull', 'StorageFull'],
    ['EDQUOT', 'StorageFull', 'StorageFull'],
  ])('reads %s as %s while reading and as %s while writing', (code, reading, writing) => {
    expect([kindOf(code, 'reading'), kindOf(code, 'writing')]).toEqual([reading, writing]);
  });

  it('leaves what the file system did not say as it is', () => {
    for (const error of [new TypeError('bug'), new DOMException('stop', 'AbortError'), 'text']) {
      expect(fileError(error, 'reading', 'k')).toBe(error);
    }
  });

  it('names the operation, the object and the code', () => {
    const cause = Object.assign(new Error('x'), { code: 'EIO' });
    expect(fileError(cause, 'writing', 'a/b.jpg')).toMatchObject({
      message: 'EIO while writing a/b.jpg',
      cause,
    });
  });
});
