import { hostName, text, webAddress, wholeNumber, yesOrNo } from './parsers.js';
import { optional } from './variable.js';

/** What the HTTP server reads besides what every Darkroom process does. */
export const HTTP_VARIABLES = {
  httpHost: optional(
    'HTTP_HOST',
    'where "darkroom serve" listens; 0.0.0.0 for every network',
    hostName,
    '127.0.0.1',
  ),
  httpPort: optional(
    'HTTP_PORT',
    'on which port; 0 for a free one',
    wholeNumber({ min: 0, max: 65_535 }),
    3300,
  ),
  publicUrl: optional<URL | undefined>(
    'PUBLIC_URL',
    'the address under which people reach the server; requests for other hosts are refused, except for this machine itself',
    webAddress,
    { value: undefined, says: 'only this machine reaches it' },
  ),
  trustProxy: optional(
    'TRUST_PROXY',
    'a proxy of yours is in front: the address of a client is the last of X-Forwarded-For',
    yesOrNo,
    { value: false, says: '0' },
  ),
  requestsPerMinute: optional(
    'HTTP_REQUESTS_PER_MINUTE',
    'of one token; whoever has none gets a tenth of it for each address',
    wholeNumber({ min: 10, max: 1_000_000 }),
    1200,
  ),
  requestSeconds: optional(
    'HTTP_REQUEST_SECONDS',
    'how long a whole request may take to arrive',
    wholeNumber({ min: 1, max: 3600 }),
    300,
  ),
  bodyIdleSeconds: optional(
    'HTTP_IDLE_SECONDS',
    'how long the body of a request may bring nothing, and an answer not be taken',
    wholeNumber({ min: 1, max: 3600 }),
    20,
  ),
  httpConnections: optional(
    'HTTP_CONNECTIONS',
    'open at once; the server hangs up on what comes besides',
    wholeNumber({ min: 10, max: 100_000 }),
    1000,
  ),
  filesAtOnce: optional(
    'HTTP_FILES_AT_ONCE',
    'that one token is sent at once, and one address without a token; the next one waits, and is refused after 10 seconds',
    wholeNumber({ min: 1, max: 1000 }),
    16,
  ),
  temporalUi: optional<string | undefined>(
    'TEMPORAL_UI_URL',
    'the Temporal Web UI, for links into it',
    (value) => webAddress(value) && text(value),
    { value: undefined, says: 'no links' },
  ),
} as const;
