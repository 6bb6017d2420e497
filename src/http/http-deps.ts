import type { Darkroom } from '../client.js';
import type { Caller } from '../domain/caller.js';
import type { MetricsSource } from '../metrics/metrics.js';

/** What every route and page works with. */
export interface HttpDeps {
  darkroom: Darkroom;
  /** Address of the Temporal Web UI, for links into it; absent: no links. */
  temporalUi?: string;
  /** What `/metrics` answers with; absent: there is no such route. */
  metrics?: MetricsSource;
  /** Wanted by `/metrics` as a bearer token; absent: everybody may read it. */
  metricsToken?: string;
}

/** What the middleware in front of every route has found out. */
export interface HttpEnv {
  Variables: { caller: Caller };
}
