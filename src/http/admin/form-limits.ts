import type { MiddlewareHandler } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { DarkroomError } from '../../domain/failures.js';
import type { HttpEnv, HttpSettings } from '../http-deps.js';

/** Two prompts of 4,000 characters, each up to twelve bytes in a form, and the other fields. */
const FORM_BYTES = 120_000;
/** What a form adds around the files in it. */
const AROUND_FILES_BYTES = 100_000;

/**
 * Forms are read whole, so they are small; without script the upload is one too, and as large as one
 * file may be. With script files go to the API, which streams them.
 */
export function formLimits({ maxFileBytes }: HttpSettings): MiddlewareHandler<HttpEnv> {
  const limit = (maxSize: number) =>
    bodyLimit({
      maxSize,
      onError: () => {
        throw new DarkroomError('RequestTooLarge');
      },
    });
  const files = limit(maxFileBytes + AROUND_FILES_BYTES);
  const fields = limit(FORM_BYTES);
  return (c, next) => (c.req.path === '/admin/images' ? files(c, next) : fields(c, next));
}
