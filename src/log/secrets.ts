const NAMES = [
  'apiKey',
  'authorization',
  'cookie',
  'databaseUrl',
  'embeddingApiKey',
  'headers',
  'openaiApiKey',
  'password',
  'prompt',
  'negativePrompt',
  'secret',
  'token',
  // Temporal's: whoever has it may complete the activity.
  'taskToken',
];

/** Fields that no line has, at the top of it and one level down. */
export const SECRET_FIELDS = NAMES.flatMap((name) => [name, `*.${name}`]);

/** What is secret by its shape, wherever in a line: passwords in addresses, and tokens of ours. */
export function scrubbed(line: string): string {
  return line
    .replace(/(:\/\/[^\s:@/"]*:)[^\s@/"]+@/g, '$1***@')
    .replace(/\bdk_[A-Za-z0-9_-]{20,}/g, 'dk_***')
    .replace(/\bwhsec_[A-Za-z0-9+/=]{8,}/g, 'whsec_***')
    .replace(/\bsk-[A-Za-z0-9_-]{8,}/g, 'sk-***')
    .replace(/\bBearer [A-Za-z0-9._~+/=-]{8,}/g, 'Bearer ***');
}
