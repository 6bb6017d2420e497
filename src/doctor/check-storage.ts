import type { StorageLocation } from '../config/parsers.js';
import { openStorage } from '../storage/open-storage.js';
import { probeStorage } from '../storage/probe-storage.js';
import { check, failed, ok, type Check } from './check.js';

const TIMEOUT_MS = 10_000;

interface Locations {
  originalStorage?: StorageLocation | undefined;
  variantStorage?: StorageLocation | undefined;
}

/** Writes, reads and deletes in every store. */
export function checkStorage({ originalStorage, variantStorage }: Locations): Promise<Check[]> {
  return Promise.all([
    probe('originals', 'ORIGINAL_STORAGE', originalStorage),
    probe('variants', 'VARIANT_STORAGE', variantStorage),
  ]);
}

function probe(name: string, variable: string, location: StorageLocation | undefined) {
  return check(
    name,
    async () => {
      if (location === undefined) {
        const todo = `Set ${variable} to a folder or an s3:// address.`;
        return failed(`${variable} is not set or cannot be used`, todo);
      }
      await using storage = openStorage(location);
      await probeStorage(storage, { signal: AbortSignal.timeout(TIMEOUT_MS) });
      return ok(`${storage.name} can be written, read and deleted from`);
    },
    `Correct ${variable} or what it needs: rights, credentials, space, the network.`,
  );
}
