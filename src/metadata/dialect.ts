import { DarkroomError } from '../domain/failures.js';

/** What an endpoint understands of a request beside its messages. */
export interface Dialect {
  /** How the form of the answer is asked for, from the strictest to not at all. */
  form: 'json_schema' | 'json_object' | 'text';
  tokens: 'max_tokens' | 'max_completion_tokens';
  /** Models that think take no other temperature than theirs. */
  temperature: boolean;
}

export const FIRST_DIALECT: Dialect = {
  form: 'json_schema',
  tokens: 'max_tokens',
  temperature: true,
};

/** What to try instead, when an endpoint refused a request for how it was put and not for what it asks. */
export function simplerThan(dialect: Dialect, error: unknown): Dialect | undefined {
  if (!(error instanceof DarkroomError) || error.kind !== 'ProviderRefused') return undefined;
  const { message } = error;
  if (/max_tokens/.test(message) && dialect.tokens === 'max_tokens') {
    return { ...dialect, tokens: 'max_completion_tokens' };
  }
  if (/temperature/.test(message) && dialect.temperature) {
    return { ...dialect, temperature: false };
  }
  if (!/response_format|json_schema|json_object|json mode|structured output/i.test(message)) {
    return undefined;
  }
  switch (dialect.form) {
    case 'json_schema':
      return { ...dialect, form: 'json_object' };
    case 'json_object':
      return { ...dialect, form: 'text' };
    case 'text':
      return undefined;
  }
}

export function inDialect(
  { form, tokens, temperature }: Dialect,
  { maxTokens, schema }: { maxTokens: number; schema: object },
): object {
  return {
    [tokens]: maxTokens,
    ...(temperature && { temperature: 0 }),
    ...responseFormat(form, schema),
  };
}

function responseFormat(form: Dialect['form'], schema: object): object {
  switch (form) {
    case 'json_schema':
      return {
        response_format: {
          type: 'json_schema',
          json_schema: { name: 'image_metadata', strict: true, schema },
        },
      };
    case 'json_object':
      return { response_format: { type: 'json_object' } };
    case 'text':
      return {};
  }
}
