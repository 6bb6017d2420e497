import { createHash } from 'node:crypto';

/** More than anybody has handed out; whoever is forgotten is looked up once more. */
const MOST = 10_000;

/** Tokens that were good the last time, by their hashes, as the database has them. */
export class KnownTokens {
  readonly #hashes = new Set<string>();

  has(token: string): boolean {
    return this.#hashes.has(hashOf(token));
  }

  note(token: string, isGood: boolean): void {
    const hash = hashOf(token);
    this.#hashes.delete(hash);
    if (!isGood) return;
    this.#hashes.add(hash);
    const [oldest] = this.#hashes;
    if (this.#hashes.size > MOST && oldest !== undefined) this.#hashes.delete(oldest);
  }
}

function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('base64');
}
