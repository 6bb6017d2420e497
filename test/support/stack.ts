import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { inject } from 'vitest';
import type { Catalog } from '../../src/catalog/catalog.js';
import { openCatalog } from '../../src/catalog/postgres.js';
import { openDarkroom, type Darkroom } from '../../src/client.js';
import { openStack, type Stack } from '../../src/dev/stack.js';
import { picture } from './pictures.js';
import { openTemporaryFolder } from './temporary-folder.js';

/** The embedded stack with a worker process of its own, as the demo runs it. */
export interface TestStack extends AsyncDisposable {
  readonly stack: Stack;
  readonly catalog: Catalog;
  readonly darkroom: Darkroom;
  /** Paints so many photographs of three tiers and imports them. */
  addPhotos(count: number, widthPx?: number): Promise<void>;
  /** Imports a file that is no image. */
  addBroken(name: string): Promise<void>;
  /** The lines that the workers logged so far. */
  workerLog(): Promise<string[]>;
  /** Every variant that any worker encoded, in order, as the workers logged it. */
  encoded(): Promise<string[]>;
}

export async function startTestStack(more: Record<string, string> = {}): Promise<TestStack> {
  const folder = openTemporaryFolder();
  const { PATH, HOME } = process.env;
  const env = { PATH, HOME, TEMPORAL_ADDRESS: inject('temporalAddress'), ...more };
  const say = () => undefined;
  const stack = await openStack({ dataDir: folder.path, env, worker: true, say });
  const darkroom = await openDarkroom(stack.env);
  const catalog = openCatalog(stack.databaseUrl);
  const photos = join(folder.path, 'photos');
  const workerLog = async () =>
    (await readFile(join(folder.path, 'logs', 'worker.log'), 'utf8'))
      .split('\n')
      .filter((line) => line.endsWith('}'));

  return {
    ...{ stack, catalog, darkroom },
    addPhotos: async (count, widthPx = 1200) => {
      await mkdir(photos, { recursive: true });
      for (let seed = 0; seed < count; seed += 1) {
        const heightPx = Math.round((widthPx * 2) / 3);
        const bytes = await picture({ format: 'jpeg', widthPx, heightPx, seed });
        await writeFile(join(photos, `picture-${seed}.jpg`), bytes);
      }
      await darkroom.import(photos);
    },
    addBroken: async (name) => {
      await mkdir(photos, { recursive: true });
      await writeFile(join(photos, name), 'no picture at all');
      await darkroom.import(photos);
    },
    workerLog,
    encoded: async () => variantsIn(await workerLog()),
    [Symbol.asyncDispose]: async () => {
      await darkroom[Symbol.asyncDispose]();
      await catalog[Symbol.asyncDispose]();
      await stack[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}

function variantsIn(log: string[]): string[] {
  return log
    .filter((line) => line.includes('"variant encoded"'))
    .map((line) => JSON.parse(line) as { imageId: string; width: number; format: string })
    .map(({ imageId, width, format }) => `${imageId} ${width} ${format}`);
}
