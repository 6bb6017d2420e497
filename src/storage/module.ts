import { addAbortSignal } from 'node:stream';
import { pathToFileURL } from 'node:url';
import { DarkroomError, type FailureKind } from '../domain/failures.js';
import { checkKey, checkPrefix } from './key.js';
import type { Storage } from './storage.js';

/** What the file of a store of somebody's own exports as its default. */
export type StorageModule = (
  settings: Readonly<Record<string, string>>,
) => OwnStorage | Promise<OwnStorage>;

/** Disposed, where it can be, when the process ends its work. */
export type OwnStorage = Omit<Storage, 'name'> & Partial<AsyncDisposable>;

interface Location {
  /** An absolute path. */
  file: string;
  settings: Readonly<Record<string, string>>;
}

/**
 * A store that is none of ours: its file is loaded when it is first needed, and again when that failed.
 * Keys that could mean another place never reach it, and a read ends with its signal whether or not
 * the store knows of signals.
 */
export function openModuleStorage(location: Location): Storage & AsyncDisposable {
  let loading: Promise<OwnStorage> | undefined;
  const store = () => {
    loading ??= load(location).catch((error: unknown) => {
      loading = undefined;
      throw error;
    });
    return loading;
  };
  return {
    name: `module:${location.file}`,

    async read(key, options = {}) {
      checkKey(key);
      const { signal } = options;
      signal?.throwIfAborted();
      const stream = await (await store()).read(key, options);
      return signal === undefined ? stream : addAbortSignal(signal, stream);
    },

    async write(key, source, options = {}) {
      checkKey(key);
      options.signal?.throwIfAborted();
      await (await store()).write(key, source, options);
    },

    async stat(key) {
      checkKey(key);
      return (await store()).stat(key);
    },

    async delete(key) {
      checkKey(key);
      await (await store()).delete(key);
    },

    async *list(prefix) {
      checkPrefix(prefix);
      yield* (await store()).list(prefix);
    },

    [Symbol.asyncDispose]: async () => {
      const opened = await loading?.catch(() => undefined);
      await opened?.[Symbol.asyncDispose]?.();
    },
  };
}

/**
 * @throws DarkroomError `StorageNotConfigured` when the file cannot be loaded or exports something
 *   else; `StorageUnavailable` when its store does not open, which the next request tries again
 */
async function load({ file, settings }: Location): Promise<OwnStorage> {
  const open = await exported(file);
  try {
    return await open(settings);
  } catch (error) {
    if (error instanceof DarkroomError) throw error;
    throw failed('StorageUnavailable', `The store of ${file} does not open`, error);
  }
}

async function exported(file: string): Promise<StorageModule> {
  const loading = import(pathToFileURL(file).href) as Promise<{ default?: unknown }>;
  const { default: open } = await loading.catch((error: unknown) => {
    throw failed('StorageNotConfigured', `${file} cannot be loaded`, error);
  });
  if (typeof open === 'function') return open as StorageModule;
  const words = `${file} must export a function that opens a store as its default.`;
  throw new DarkroomError('StorageNotConfigured', words);
}

function failed(kind: FailureKind, words: string, cause: unknown): DarkroomError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new DarkroomError(kind, `${words}: ${why}`, { cause });
}
