import { httpUrl, wholeNumber, webhookSecret } from './parsers.js';
import { optional } from './variable.js';

/** How administrators are told of what failed; endpoints are registered with `darkroom webhooks`. */
export const NOTIFY_VARIABLES = {
  adminWebhookUrl: optional<string | undefined>(
    'ADMIN_WEBHOOK_URL',
    'an endpoint that administrators are told at of failures, grouped, and of runs that ended; a worker registers it when it starts',
    httpUrl,
    { value: undefined, says: 'none but those of "darkroom webhooks add --admin"' },
  ),
  adminWebhookSecret: optional<string | undefined>(
    'ADMIN_WEBHOOK_SECRET',
    'what its events are signed with; required with ADMIN_WEBHOOK_URL',
    webhookSecret,
    { value: undefined, says: 'none' },
  ),
  failureWindowSeconds: optional(
    'FAILURE_DIGEST_SECONDS',
    'how long final failures are collected before administrators are told of them in one event',
    wholeNumber({ min: 1, max: 86_400 }),
    60,
  ),
} as const;
