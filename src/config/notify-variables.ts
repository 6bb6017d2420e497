import { httpUrl, wholeNumber, webhookSecret } from './parsers.js';
import { optional, type Values } from './variable.js';

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

/** What is wrong between them, in words, for who registers the endpoint. */
export function notifyProblems(settings: Values<typeof NOTIFY_VARIABLES>): string[] {
  const { adminWebhookUrl, adminWebhookSecret } = settings;
  if (adminWebhookUrl === undefined || adminWebhookSecret !== undefined) return [];
  const how = 'try: echo whsec_$(openssl rand -base64 32)';
  return [`ADMIN_WEBHOOK_SECRET is required with ADMIN_WEBHOOK_URL (${how})`];
}
