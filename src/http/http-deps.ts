import type { Darkroom } from '../client.js';
import type { Caller } from '../domain/caller.js';

/** What every route and page works with. */
export interface HttpDeps {
  darkroom: Darkroom;
  settings: HttpSettings;
  /** Address of the Temporal Web UI, for links into it; absent: no links. */
  temporalUi?: string;
  /** Namespace of those links; absent: `default`. */
  temporalNamespace?: string;
  /** Aborted when the server stops: what streams without an end ends then. */
  stopping?: AbortSignal;
}

export interface HttpSettings {
  /** Of what is uploaded by an administrator without a word about the owner. */
  defaultOwner: string;
}

/** What the middleware in front of every route has found out. */
export interface HttpEnv {
  Variables: { caller: Caller };
}
