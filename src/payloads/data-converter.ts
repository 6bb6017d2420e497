import { fileURLToPath } from 'node:url';
import type { DataConverter } from '@temporalio/common';
import type { PayloadKey } from '../config/payload-keys.js';
import { openPayloadCodec } from './payload-codec.js';

const FAILURES = fileURLToPath(new URL('./failure-converter.cjs', import.meta.url));

/**
 * How clients and workers write what Temporal keeps. Failures only lose their plain words where those
 * are encrypted: the Web UI shows them without a codec otherwise.
 */
export function dataConverterFor(keys: readonly PayloadKey[]): DataConverter {
  const payloadCodecs = [openPayloadCodec(keys)];
  return keys.length === 0 ? { payloadCodecs } : { payloadCodecs, failureConverterPath: FAILURES };
}
