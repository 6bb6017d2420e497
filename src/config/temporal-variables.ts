import { apiKey, file, hostAndPort, hostName, text, yesOrNo } from './parsers.js';
import { payloadKeys, type PayloadKey } from './payload-keys.js';
import { optional, type Values } from './variable.js';

/** How a Temporal server is reached; named as Temporal's own programs name them. */
export const TEMPORAL_VARIABLES = {
  temporalAddress: optional(
    'TEMPORAL_ADDRESS',
    'the Temporal server',
    hostAndPort,
    '127.0.0.1:7233',
  ),
  temporalNamespace: optional('TEMPORAL_NAMESPACE', 'the Temporal namespace', text, 'default'),
  temporalApiKey: optional<string | undefined>(
    'TEMPORAL_API_KEY',
    'the key of a namespace of Temporal Cloud; with it the connection uses TLS',
    apiKey,
    { value: undefined, says: 'none' },
  ),
  temporalTls: optional<boolean | undefined>(
    'TEMPORAL_TLS',
    'the connection to Temporal uses TLS',
    yesOrNo,
    { value: undefined, says: '1 when another variable of TLS or TEMPORAL_API_KEY is set' },
  ),
  temporalServerCa: optional<string | undefined>(
    'TEMPORAL_TLS_SERVER_CA_CERT_PATH',
    'who may have signed the certificate of the Temporal server (PEM)',
    file,
    { value: undefined, says: 'the usual authorities' },
  ),
  temporalServerName: optional<string | undefined>(
    'TEMPORAL_TLS_SERVER_NAME',
    'the name that the certificate of the Temporal server must have',
    hostName,
    { value: undefined, says: 'the host of TEMPORAL_ADDRESS' },
  ),
  temporalClientCert: optional<string | undefined>(
    'TEMPORAL_TLS_CLIENT_CERT_PATH',
    'the certificate that Darkroom shows to the Temporal server (PEM)',
    file,
    { value: undefined, says: 'none' },
  ),
  temporalClientKey: optional<string | undefined>(
    'TEMPORAL_TLS_CLIENT_KEY_PATH',
    'the key of that certificate (PEM)',
    file,
    { value: undefined, says: 'none' },
  ),
  payloadKeys: optional<readonly PayloadKey[]>(
    'TEMPORAL_PAYLOAD_KEYS',
    'encrypts what Temporal keeps: NAME:KEY, each key 32 bytes in base64; the first encrypts, more after commas only read',
    payloadKeys,
    { value: [], says: 'nothing is encrypted' },
  ),
} as const;

export type TemporalSettings = Values<typeof TEMPORAL_VARIABLES>;

/** What only shows when settings are read together, as `NAME must ...`. */
export function temporalProblems(settings: TemporalSettings): string[] {
  const { temporalTls, temporalApiKey, temporalClientCert, temporalClientKey } = settings;
  const problems: string[] = [];
  if ((temporalClientCert === undefined) !== (temporalClientKey === undefined)) {
    problems.push(
      'TEMPORAL_TLS_CLIENT_CERT_PATH and TEMPORAL_TLS_CLIENT_KEY_PATH must be set together',
    );
  }
  if (temporalTls === false && temporalApiKey !== undefined) {
    problems.push(
      'TEMPORAL_TLS must not be 0 with TEMPORAL_API_KEY: the key could be read on the way',
    );
  }
  return problems;
}
