import { isGrpcServiceError } from '@temporalio/client';
import { toClientOptions, type ClientConnectConfig } from '@temporalio/envconfig';
import type { TemporalSettings } from '../config/temporal-variables.js';

export type TemporalConnectionSettings = Pick<
  TemporalSettings,
  'temporalAddress' | 'temporalNamespace'
> &
  Partial<TemporalSettings>;

/**
 * What a connection of the client and one of a worker take; reads the files of certificates.
 * @throws Error when one of them cannot be read
 */
export function temporalConnectionOptions(
  settings: TemporalConnectionSettings,
): ClientConnectConfig['connectionOptions'] {
  const { temporalAddress: address, temporalApiKey: apiKey, temporalTls } = settings;
  const tls = {
    ...(settings.temporalServerName && { serverName: settings.temporalServerName }),
    ...(settings.temporalServerCa && { serverCACert: { path: settings.temporalServerCa } }),
    ...(settings.temporalClientCert && { clientCert: { path: settings.temporalClientCert } }),
    ...(settings.temporalClientKey && { clientKey: { path: settings.temporalClientKey } }),
  };
  const wanted = temporalTls ?? Object.keys(tls).length > 0;
  return toClientOptions({
    address,
    ...(apiKey && { apiKey }),
    ...(wanted && { tls }),
  }).connectionOptions;
}

/** Of gRPC: PERMISSION_DENIED, UNIMPLEMENTED, UNAUTHENTICATED. */
const REFUSALS = [7, 12, 16];

/** Whether a server has answered that it does not do this for us, as one of Temporal's client's errors. */
export function isRefusal(error: unknown): boolean {
  return isGrpcServiceError(error) && REFUSALS.includes(error.code);
}
