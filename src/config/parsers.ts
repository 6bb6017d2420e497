import { accessSync, constants, statSync } from 'node:fs';
import { isAbsolute, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TierWidths } from '../domain/recipes.js';

/**
 * Where a store is: a folder of this machine, what is under a prefix of an S3 bucket, or wherever a
 * file of somebody's own says.
 */
export type StorageLocation =
  | { kind: 'filesystem'; folder: string }
  | { kind: 'module'; file: string; settings: Readonly<Record<string, string>> }
  | {
      kind: 's3';
      bucket: string;
      /** Without slashes around it; '' for the whole bucket. */
      prefix: string;
      region?: string;
      endpoint?: string;
      forcePathStyle?: boolean;
    };

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

/** What WebP can hold is the most. */
const WIDTHS_PX = { min: 16, max: 16_383 };

export function tierWidths(value: string): TierWidths {
  const [sm, md, lg, ...more] = value.split(',').map((part) => Number(part.trim()));
  const widths: TierWidths = [sm ?? NaN, md ?? NaN, lg ?? NaN];
  const good = widths.every(
    (width, at) =>
      Number.isInteger(width) &&
      width >= WIDTHS_PX.min &&
      width <= WIDTHS_PX.max &&
      width > (widths[at - 1] ?? 0),
  );
  if (good && more.length === 0) return widths;
  throw new Error(
    `must be three growing widths from ${WIDTHS_PX.min} to ${WIDTHS_PX.max}, as in 640,1024,1920, not "${value}"`,
  );
}

export function yesOrNo(value: string): boolean {
  if (/^(1|true|yes)$/i.test(value)) return true;
  if (/^(0|false|no)$/i.test(value)) return false;
  throw new Error(`must be 1 or 0 (also true, false, yes, no), not "${value}"`);
}

export function secret(value: string): string {
  if (value.length >= 16) return value;
  throw new Error('must have at least 16 characters (try: openssl rand -hex 32)');
}

/** As Standard Webhooks has them. */
export function webhookSecret(value: string): string {
  const { length } = Buffer.from(value.slice('whsec_'.length), 'base64');
  if (/^whsec_[A-Za-z0-9+/]+={0,2}$/.test(value) && length >= 24 && length <= 64) return value;
  throw new Error(
    'must be whsec_ and 24 to 64 bytes in base64 (try: echo whsec_$(openssl rand -base64 32))',
  );
}

/** Not said back when it is wrong: it may be right but for one character. */
export function apiKey(value: string): string {
  if (/^[\x21-\x7e]+$/.test(value)) return value;
  throw new Error('must hold neither spaces nor line ends nor letters with accents');
}

export function postgresUrl(value: string): string {
  if (/^postgres(ql)?:\/\//.test(value)) return value;
  throw new Error('must start with postgres://');
}

export function hostAndPort(value: string): string {
  if (/^[^\s/]+:\d{1,5}$/.test(value)) return value;
  throw new Error(`must be host:port, not "${value}"`);
}

export function buildId(value: string): string {
  if (/^[\w.+-]{1,100}$/.test(value)) return value;
  throw new Error(`must be letters, digits, dots and dashes, at most 100, not "${value}"`);
}

export function hostName(value: string): string {
  if (/^[A-Za-z0-9.:_-]+$/.test(value)) return value;
  throw new Error(`must be a host name or an address, not "${value}"`);
}

export function webAddress(value: string): URL {
  if (/^https?:\/\/[^\s/@]+(\/[^\s@]*)?$/.test(value) && URL.canParse(value)) return new URL(value);
  throw new Error('must be an http:// or https:// address without credentials');
}

/** One that can be read now. */
export function file(value: string): string {
  const path = resolve(value);
  try {
    accessSync(path, constants.R_OK);
    if (statSync(path).isFile()) return path;
  } catch {
    // Said below, as of a folder.
  }
  throw new Error(`must name a file that can be read, not "${value}"`);
}

export function folder(value: string): string {
  return resolve(value);
}

export function storageLocation(value: string): StorageLocation {
  if (value.startsWith('file://')) return { kind: 'filesystem', folder: folderOfUrl(value) };
  if (value.startsWith('s3://')) return bucketOfUrl(value);
  if (value.startsWith('module:')) return moduleOfUrl(value);
  if (isAbsolute(value)) return { kind: 'filesystem', folder: value };
  throw new Error(
    `must be an absolute folder, a file:// or an s3:// URL, or module:/a/file.js, not "${value}"`,
  );
}

/** `module:/srv/our-store.js?container=photos` */
function moduleOfUrl(value: string): StorageLocation {
  const [, path = '', query = ''] = /^module:([^?]*)(?:\?(.*))?$/s.exec(value) ?? [];
  // Without what stands behind the question mark, which may be a secret.
  if (!isAbsolute(path)) throw new Error(`must name a file by an absolute path, not "${path}"`);
  const settings = Object.fromEntries(new URLSearchParams(query));
  return { kind: 'module', file: file(path), settings };
}

function folderOfUrl(value: string): string {
  try {
    return fileURLToPath(value);
  } catch {
    throw new Error(`must name a folder of this machine, as in file:///srv/images, not "${value}"`);
  }
}

/** `s3://bucket/prefix?region=eu-central-1&endpoint=http://127.0.0.1:7070&pathStyle=true` */
function bucketOfUrl(value: string): StorageLocation {
  // Said first and without the value: what stands before the @ may be a secret.
  if (/^s3:\/\/[^/?#]*@/.test(value)) {
    throw new Error(
      'must not hold credentials: they come from AWS_ACCESS_KEY_ID, a profile or a role',
    );
  }
  if (value.includes('#')) throw new Error('must not hold a #: in a prefix it is written as %23');
  const [, bucket = '', path = '', query = ''] =
    /^s3:\/\/([^/?#]*)([^?#]*)(?:\?([^#]*))?$/.exec(value) ?? [];
  if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(bucket)) {
    throw new Error(`must name a bucket, as in s3://my-bucket/a/prefix, not "${value}"`);
  }
  return { kind: 's3', bucket, prefix: prefixOf(path), ...settingsOf(query) };
}

function prefixOf(path: string): string {
  const prefix = decoded(path).replace(/^\/|\/$/g, '');
  const strange = prefix.split('/').some((part) => ['', '.', '..'].includes(part));
  if (prefix === '' || (!strange && !/[\\\0]/.test(prefix))) return prefix;
  throw new Error(`must have a prefix without empty parts, dots and backslashes, not "${prefix}"`);
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    throw new Error(`must have a prefix in which a percent sign is written as %25, not "${path}"`);
  }
}

/** What an s3:// URL may say besides bucket and prefix. */
function settingsOf(query: string) {
  const { region, endpoint, pathStyle, ...others } = Object.fromEntries(new URLSearchParams(query));
  const [other] = Object.keys(others);
  if (other !== undefined) {
    throw new Error(`must have no settings but region, endpoint and pathStyle, not "${other}"`);
  }
  return {
    ...(region && { region }),
    ...(endpoint && { endpoint: endpointUrl(endpoint) }),
    ...(pathStyle && { forcePathStyle: trueOrFalse(pathStyle) }),
  };
}

function trueOrFalse(pathStyle: string): boolean {
  if (pathStyle === 'true' || pathStyle === 'false') return pathStyle === 'true';
  throw new Error(`must have a pathStyle of true or false, not "${pathStyle}"`);
}

const HTTP_URL = /^https?:\/\/[^\s/@]+(\/[^\s@]*)?$/;

export function httpUrl(value: string): string {
  if (HTTP_URL.test(value)) return value;
  // Without the value: what stands before an @ may be a secret.
  throw new Error('must be an http:// or https:// address without credentials');
}

function endpointUrl(value: string): string {
  if (HTTP_URL.test(value)) return value;
  throw new Error(
    'must have an endpoint that starts with http:// or https:// and holds no credentials',
  );
}
