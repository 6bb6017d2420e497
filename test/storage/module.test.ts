import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { storageLocation } from '../../src/config/parsers.js';
import { DarkroomError } from '../../src/domain/failures.js';
import { openStorage } from '../../src/storage/open-storage.js';
import { storedState } from '../../src/storage/stored-state.js';
import { openTestDatabase, type TestDatabase } from '../support/database.js';
import { withFewHandles } from '../support/handles.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { describeStorage, readText, stored } from './storage.contract.js';

const EXAMPLE = fileURLToPath(new URL('../../examples/postgres-storage.ts', import.meta.url));

const MODULE = new URL('../../dist/storage/module.js', import.meta.url).href;

const own = (name: string) => fileURLToPath(new URL(`./own/${name}`, import.meta.url));

let database: TestDatabase;
let stores = 0;
beforeAll(async () => {
  database = await openTestDatabase();
});
afterAll(() => database[Symbol.asyncDispose]());

function open(location: string) {
  const storage = openStorage(storageLocation(location));
  onTestFinished(() => storage[Symbol.asyncDispose]());
  return storage;
}

describeStorage('a file of one’s own', async () => {
  const query = new URLSearchParams({ url: database.url, table: `store ${(stores += 1)}` });
  return open(`module:${EXAMPLE}?${query.toString()}`);
});

describe('a store with another copy of the package', () => {
  const foreign = `module:${own('foreign-store.ts')}`;

  it('is understood, although its failures are of another class', async () => {
    const thrown = await open(foreign)
      .delete('a')
      .catch((error: unknown) => error);
    expect(Object.getPrototypeOf(thrown)).not.toBe(DarkroomError.prototype);
    expect(thrown).toBeInstanceOf(DarkroomError);
    const expected = { key: 'a', sizeBytes: 1, sha256: '00' };
    await expect(storedState(open(foreign), expected)).resolves.toBe('missing');
    await expect(open(`${foreign}?opens=no`).stat('a')).rejects.toMatchObject({
      ...{ kind: 'StorageGone', message: 'The bucket was deleted.' },
    });
  });

  it('is not taken for one of ours by its name alone', () => {
    for (const kind of [undefined, 'toString', 'OfALaterVersion']) {
      const other = Object.assign(new Error('x'), { name: 'DarkroomError', kind });
      expect(other).not.toBeInstanceOf(DarkroomError);
    }
    expect({ name: 'DarkroomError', kind: 'ImageEmpty' }).not.toBeInstanceOf(DarkroomError);
  });
});

describe('a file that is no store', () => {
  it('is named when it exports none', async () => {
    await expect(open(`module:${own('no-store.ts')}`).stat('a')).rejects.toMatchObject({
      kind: 'StorageNotConfigured',
      message: `${own('no-store.ts')} must export a function that opens a store as its default.`,
    });
  });

  it('is asked again after it could not open', async () => {
    const storage = open(`module:${own('hesitant-store.ts')}?greeting=hello`);
    await expect(storage.stat('a')).rejects.toMatchObject({
      kind: 'StorageUnavailable',
      message: `The store of ${own('hesitant-store.ts')} does not open: not yet`,
    });
    await storage.write('a', stored('x'));
    expect(await readText(storage, 'a')).toBe('hello a');
  });

  it.runIf(process.platform === 'linux')(
    'is loaded when there are handles again, after there were none',
    async () => {
      const file = join(temporaryFolder(), 'store.mjs');
      await writeFile(file, 'export default () => ({ stat: async () => ({ sizeBytes: 5 }) });');
      const lines = await withFewHandles(`
        import { openModuleStorage } from '${MODULE}';
        const storage = openModuleStorage({ file: '${file}', settings: {} });
        takeHandles();
        await storage.stat('key').catch(({ kind }) => console.log(kind));
        giveHandlesBack();
        console.log((await storage.stat('key')).sizeBytes);`);
      expect(lines).toEqual(['StorageUnavailable', '5']);
    },
  );

  it.each([
    ['module:store.js', 'must name a file by an absolute path, not "store.js"'],
    [
      'module:/nowhere/store.js?key=hunter2',
      'must name a file that can be read, not "/nowhere/store.js"',
    ],
  ])('is refused at %s', (location, words) => {
    expect(() => storageLocation(location)).toThrow(words);
  });
});
