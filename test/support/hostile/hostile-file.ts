import type { FailureKind } from '../../../src/domain/failures.js';

/** A file that somebody made to hurt, and how it must end. */
export interface HostileFile {
  name: string;
  /** Made by code, because nobody wants bombs in a repository. */
  bytes: () => Buffer | Promise<Buffer>;
  /** `prepared`: it is only large or strange, and is shown like any other. */
  ends: FailureKind | 'prepared';
}
