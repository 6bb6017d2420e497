import { isAbsolute, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Where a store is: a folder of this machine. */
export type StorageLocation = { kind: 'filesystem'; folder: string };

export function text(value: string): string {
  return value;
}

export function wholeNumber({ min, max }: { min: number; max: number }) {
  return (value: string): number => {
    const number = Number(value);
    if (/^\d+$/.test(value) && number >= min && number <= max) return number;
    throw new Error(`must be a whole number from ${min} to ${max}, not "${value}"`);
  };
}

export function oneOf<const T extends readonly string[]>(choices: T) {
  return (value: string): T[number] => {
    if (choices.includes(value)) return value;
    throw new Error(`must be one of ${choices.join(', ')}, not "${value}"`);
  };
}

export function secret(value: string): string {
  if (value.length >= 16) return value;
  throw new Error('must have at least 16 characters (try: openssl rand -hex 32)');
}

export function postgresUrl(value: string): string {
  if (/^postgres(ql)?:\/\//.test(value)) return value;
  throw new Error('must start with postgres://');
}

export function hostAndPort(value: string): string {
  if (/^[^\s/]+:\d{1,5}$/.test(value)) return value;
  throw new Error(`must be host:port, not "${value}"`);
}

export function folder(value: string): string {
  return resolve(value);
}

export function storageLocation(value: string): StorageLocation {
  if (value.startsWith('file://')) return { kind: 'filesystem', folder: folderOfUrl(value) };
  if (isAbsolute(value)) return { kind: 'filesystem', folder: value };
  throw new Error(`must be an absolute folder or a file:// URL, not "${value}"`);
}

function folderOfUrl(value: string): string {
  try {
    return fileURLToPath(value);
  } catch {
    throw new Error(`must name a folder of this machine, as in file:///srv/images, not "${value}"`);
  }
}
