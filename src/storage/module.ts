import { randomUUID } from 'node:crypto';
import { addAbortSignal } from 'node:stream';
import { pathToFileURL } from 'node:url';
import { DarkroomError, type FailureKind } from '../domain/failures.js';
import { machineFaultKind } from '../domain/machine-faults.js';
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
  const url = pathToFileURL(location.file);
  let loading: Promise<OwnStorage> | undefined;
  const store = () => {
    loading ??= load(location, url).catch((error: unknown) => {
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
 *   else; `StorageUnavailable` when its store does not open, or the machine is at its end, which the next
 *   request tries again
 */
async function load({ file, settings }: Location, url: URL): Promise<OwnStorage> {
  const open = await exported(file, url);
  try {
    return await open(settings);
  } catch (error) {
    if (error instanceof DarkroomError) throw error;
    throw failed('StorageUnavailable', `The store of ${file} does not open`, error);
  }
}

async function exported(file: string, url: URL): Promise<StorageModule> {
  const loading = import(url.href) as Promise<{ default?: unknown }>;
  const { default: open } = await loading.catch((error: NodeJS.ErrnoException) => {
    // Node keeps an import that failed, as for want of a handle; at another address it is a new one.
    url.hash = randomUUID();
    const kind = machineFaultKind(error.code) ?? 'StorageNotConfigured';
    throw failed(kind, `${file} cannot be loaded`, error);
  });
  if (typeof open === 'function') return open as StorageModule;
  const words = `${file} must export a function that opens a store as its default.`;
  throw new DarkroomError('StorageNotConfigured', words);
}

function failed(kind: FailureKind, words: string, cause: unknown): DarkroomError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new DarkroomError(kind, `${words}: ${why}`, { cause });
}
