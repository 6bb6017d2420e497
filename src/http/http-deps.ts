import type { PayloadCodec } from '@temporalio/common';
import type { IdempotencyCatalog } from '../catalog/idempotency.js';
import type { Darkroom } from '../client.js';
import type { Caller } from '../domain/caller.js';
import type { GenerationProviderName } from '../domain/generation.js';
import type { MetricsSource } from '../metrics/metrics.js';
import type { FilesInFlight } from './files-in-flight.js';
import type { Repeatable } from './idempotency.js';

/** What every route and page works with. */
export interface HttpDeps {
  darkroom: Darkroom;
  idempotency: IdempotencyCatalog;
  settings: HttpSettings;
  /** What is being sent, by all routes that send files. */
  inFlight: FilesInFlight;
  /** Address of the Temporal Web UI, for links into it; absent: no links. */
  temporalUi?: string;
  /** Namespace of those links; absent: `default`. */
  temporalNamespace?: string;
  /** Decodes for the Temporal Web UI; absent: nothing is encrypted, and there is no such route. */
  payloadCodec?: PayloadCodec;
  /** What `/metrics` answers with; absent: there is no such route. */
  metrics?: MetricsSource;
  /** Wanted by `/metrics` as a bearer token; absent: everybody may read it. */
  metricsToken?: string;
  /** Hears of what nobody foresaw, and of outages. */
  report?: (error: unknown, requestId: string) => void;
  /** How often a stream without an end looks whether its reader may still read; for tests. */
  lookAgainMs?: number;
  /** Aborted when the server stops: what streams without an end ends then. */
  stopping?: AbortSignal;
}

export interface HttpSettings {
  /** Where people reach the server, if not only from this machine. */
  publicUrl?: URL;
  /** Where variants are served from, when it is elsewhere. */
  variantOrigin?: string;
  /** Of what is uploaded by an administrator without a word about the owner. */
  defaultOwner: string;
  /** Who makes pictures for those who name nobody, and with which model. */
  generation: { provider: GenerationProviderName; model: string };
  maxFileBytes: number;
  requestsPerMinute: number;
  /** How long the body of a request may bring nothing. */
  bodyIdleMs: number;
  trustProxy: boolean;
  /** What Replicate signs its webhooks with; absent: they are not heard. */
  replicateWebhookSecret?: string;
}

/** What the middleware in front of every route has found out. */
export interface HttpEnv {
  Variables: {
    caller: Caller;
    requestId: string;
    signedInBy: 'token' | 'session';
    /** Of a request with an Idempotency-Key; absent otherwise. */
    repeatable?: Repeatable;
  };
}
