// A store with a copy of the package of its own, whose errors are of that copy's class.
import { fileURLToPath } from 'node:url';
import type * as darkroom from 'darkroom';

const file = fileURLToPath(new URL('../../../src/domain/failures.ts', import.meta.url));
const { DarkroomError } = (await import(`${file}?copy`)) as Pick<typeof darkroom, 'DarkroomError'>;

const open: darkroom.StorageModule = ({ opens }) => {
  if (opens === 'no') throw new DarkroomError('StorageGone', 'The bucket was deleted.');
  return {
    read: () => Promise.reject(new DarkroomError('OriginalMissing')),
    write: () => Promise.reject(new DarkroomError('StorageFull')),
    // No checksum, so that whoever wants to know reads it.
    stat: () => Promise.resolve({ sizeBytes: 1 }),
    delete: () => Promise.reject(new DarkroomError('StorageUnavailable')),
    async *list() {},
  };
};

export default open;
