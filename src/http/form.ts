import type { Context } from 'hono';
import { DarkroomError } from '../domain/failures.js';
import type { HttpEnv } from './http-deps.js';

/** A field of a form: its last value, or the last file of that name. */
export type FormFields = Record<string, string | File>;

/**
 * The fields of a form; none when the body is no form.
 * @throws DarkroomError `InvalidInput` when it says that it is one and cannot be read
 */
export async function formFields(c: Context<HttpEnv>): Promise<FormFields> {
  return readable(c.req.parseBody<FormFields>());
}

/** All files of that name; a browser that was given none sends one without a name. */
export async function formFiles(c: Context<HttpEnv>, name: string): Promise<File[]> {
  const { [name]: given = [] } = await readable(c.req.parseBody({ all: true }));
  return [given].flat().filter((it): it is File => it instanceof File && it.name !== '');
}

/** The parser throws plain errors; what cannot be read is the fault of whoever wrote it. */
async function readable<T>(form: Promise<T>): Promise<T> {
  try {
    return await form;
  } catch (cause) {
    throw new DarkroomError('InvalidInput', 'The form is malformed or incomplete.', { cause });
  }
}
