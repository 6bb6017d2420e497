import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { Payload, PayloadCodec } from '@temporalio/common';
import proto from '@temporalio/proto';
import type { PayloadKey } from '../config/payload-keys.js';

/** As Temporal's own examples name it, so that tools know what it is. */
const ENCRYPTED = 'binary/encrypted';
const CIPHER = 'aes-256-gcm';
const IV_BYTES = 12;
const TAG_BYTES = 16;

const { Payload: PayloadMessage } = proto.temporal.api.common.v1;

/**
 * What stands between us and what Temporal keeps. With keys everything is encrypted by the first of
 * them, and what any of them encrypted is read; plain payloads of before are read as they are.
 * Without keys nothing is encrypted, and what is says so.
 */
export function openPayloadCodec(keys: readonly PayloadKey[]): PayloadCodec {
  const [current] = keys;
  const byId = new Map(keys.map(({ id, key }) => [id, key]));
  return {
    encode: async (payloads) =>
      current === undefined ? payloads : payloads.map((payload) => encrypted(payload, current)),
    decode: async (payloads) =>
      payloads.map((payload) => (isEncrypted(payload) ? decrypted(payload, byId) : payload)),
  };
}

function isEncrypted({ metadata }: Payload): boolean {
  return textOf(metadata?.encoding) === ENCRYPTED;
}

/** Data: initialisation vector, ciphertext of the whole payload, tag. */
function encrypted(payload: Payload, { id, key }: PayloadKey): Payload {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv(CIPHER, key, iv);
  const hidden = cipher.update(PayloadMessage.encode(payload).finish());
  const data = Buffer.concat([iv, hidden, cipher.final(), cipher.getAuthTag()]);
  const metadata = {
    encoding: Buffer.from(ENCRYPTED),
    'encryption-cipher': Buffer.from('AES-256-GCM'),
    'encryption-key-id': Buffer.from(id),
  };
  return { metadata, data };
}

/** @throws Error that names the key and the variable, because whoever reads it has to change that */
function decrypted({ metadata, data }: Payload, keys: Map<string, Buffer>): Payload {
  const id = textOf(metadata?.['encryption-key-id']);
  const key = keys.get(id);
  if (key === undefined) {
    throw new Error(
      `This is encrypted with the key "${id}", which TEMPORAL_PAYLOAD_KEYS does not have here.`,
    );
  }
  const bytes = Buffer.from(data ?? []);
  try {
    const decipher = createDecipheriv(CIPHER, key, bytes.subarray(0, IV_BYTES));
    decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
    const shown = decipher.update(bytes.subarray(IV_BYTES, -TAG_BYTES));
    return PayloadMessage.decode(Buffer.concat([shown, decipher.final()]));
  } catch (cause) {
    const message = `The key "${id}" of TEMPORAL_PAYLOAD_KEYS does not fit what was encrypted with a key of that name.`;
    throw new Error(message, { cause });
  }
}

function textOf(bytes: Uint8Array | null | undefined): string {
  return Buffer.from(bytes ?? []).toString();
}
