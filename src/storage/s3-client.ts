import { createRequire } from 'node:module';
import type * as Sdk from '@aws-sdk/client-s3';

export interface S3Settings {
  /** The SDK's own (AWS_REGION, profile) when there is none; with an endpoint `us-east-1`. */
  region?: string;
  /** Of a store that is not Amazon's. */
  endpoint?: string;
  /** `endpoint/bucket/key` in place of `bucket.endpoint/key`, as most small stores want it. */
  forcePathStyle?: boolean;
}

const load = createRequire(import.meta.url);
/** Found at once, because Node never again looks for a package that it could not look for. */
const SDK = load.resolve('@aws-sdk/client-s3');

/**
 * Loads the SDK when a store is first used: it costs a fifth of a second, and a start with files in
 * folders should not pay for it. By `require`, because an import that once met a process without
 * handles fails for ever after. Credentials come from its default chain: environment, profiles, roles.
 */
export function connect(settings: S3Settings): Sdk.S3 {
  // The SDK's only switch for telling people, at each start, that it will want Node 22 some day.
  // eslint-disable-next-line no-restricted-properties
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
  const { S3 } = load(SDK) as typeof Sdk;
  const { endpoint, region = endpoint && 'us-east-1', forcePathStyle = false } = settings;
  return new S3({
    forcePathStyle,
    ...(region !== undefined && { region }),
    ...(endpoint !== undefined && { endpoint }),
    // Its advice to programmers would appear on the console of whoever runs this.
    logger: { debug: ignore, info: ignore, warn: ignore, error: ignore },
    // Two more tries for what passes in a second; Temporal has the patience for everything else.
    maxAttempts: 3,
    // Each request has its own limit. A time-out of the socket would count a reader's pauses.
    requestHandler: { connectionTimeout: 5000, throwOnRequestTimeout: true, socketTimeout: 0 },
  });
}

function ignore(): void {}
