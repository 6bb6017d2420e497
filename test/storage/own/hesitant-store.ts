// Cannot be opened the first time; tells its settings in what it keeps.
import { Readable } from 'node:stream';
import type { StorageModule } from 'darkroom';

let tries = 0;

const open: StorageModule = ({ greeting = '' }) => {
  tries += 1;
  if (tries === 1) throw new Error('not yet');
  const kept = new Map<string, string>();
  return {
    read: async (key) => Readable.from([Buffer.from(kept.get(key) ?? '')]),
    write: async (key) => void kept.set(key, `${greeting} ${key}`),
    stat: async (key) => ({ sizeBytes: kept.get(key)?.length ?? 0 }),
    delete: async (key) => void kept.delete(key),
    async *list() {
      for (const [key, text] of kept) yield { key, sizeBytes: text.length };
    },
  };
};

export default open;
