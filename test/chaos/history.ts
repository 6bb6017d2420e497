import { appendFileSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';

/** One line of JSON for everything that was done and seen, in order; written at once. */
export class History {
  readonly file: string;

  constructor(file: string) {
    mkdirSync(dirname(file), { recursive: true });
    this.file = file;
  }

  note(what: string, facts: Record<string, unknown> = {}): void {
    const line = { at: new Date().toISOString(), what, ...facts };
    appendFileSync(this.file, `${JSON.stringify(line)}\n`);
  }
}
