import { fileURLToPath } from 'node:url';

/**
 * Path of a program in dist/, as in `compiled('dev/database-server.js')`; the same from source
 * (vitest) and from compiled output, because child programs always run compiled.
 */
export function compiled(program: string): string {
  return fileURLToPath(new URL(`../../dist/${program}`, import.meta.url));
}
