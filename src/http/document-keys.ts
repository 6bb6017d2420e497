import { showsSecretAt } from './api/build-api.js';
import { problems } from './api/describe-route.js';
import { KEY_HEADER } from './idempotency.js';

interface Described {
  parameters?: unknown[];
  responses?: Record<string, { description?: string }>;
}

const PARAMETER = {
  name: KEY_HEADER,
  in: 'header',
  description:
    'Of your choice: sent again with it, a request is answered as before and not done again',
  schema: { type: 'string', minLength: 1, maxLength: 255 },
};

/** Says of every POST that takes an Idempotency-Key that it does: one guard in front of them reads it. */
export function describeKeys(paths: Record<string, { post?: Described } | undefined>): void {
  for (const [path, operations] of Object.entries(paths)) {
    const post = operations?.post;
    if (post === undefined || !path.startsWith('/api/v1/') || showsSecretAt(path)) continue;
    post.parameters = [...(post.parameters ?? []), PARAMETER];
    for (const [status, refused] of Object.entries(
      problems('StillAnswering', 'RepetitionDiffers'),
    )) {
      const earlier = post.responses?.[status];
      const says = [
        ...(earlier?.description?.split(', ') ?? []),
        ...refused.description.split(', '),
      ];
      const description = [...new Set(says)].join(', ');
      post.responses = { ...post.responses, [status]: { ...refused, ...earlier, description } };
    }
  }
}
