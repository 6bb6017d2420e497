/** A key that payloads are encrypted with, and its name, which stands beside what it encrypted. */
export interface PayloadKey {
  id: string;
  /** 32 bytes. */
  key: Buffer;
}

const KEY_BYTES = 32;

/** `name:base64`, several with commas between; the first one encrypts, the others only read. */
export function payloadKeys(value: string): readonly PayloadKey[] {
  const keys = value.split(',').map((part) => {
    const [, id = '', text = ''] = /^\s*([\w.-]{1,64}):([A-Za-z0-9+/]+={0,2})\s*$/.exec(part) ?? [];
    return { id, key: Buffer.from(text, 'base64') };
  });
  // Neither a key nor a part of one is said again.
  if (keys.some(({ key }) => key.byteLength !== KEY_BYTES)) {
    throw new Error(
      'must be NAME:KEY, several with commas between, each key 32 bytes in base64 (openssl rand -base64 32)',
    );
  }
  if (new Set(keys.map(({ id }) => id)).size === keys.length) return keys;
  throw new Error('must not have two keys of one name');
}
