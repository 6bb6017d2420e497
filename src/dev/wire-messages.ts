/** A message of the PostgreSQL protocol, whole. */
export interface WireMessage {
  /** `startup` and `ssl` have no type byte; the others are named by theirs. */
  type: string;
  bytes: Buffer;
}

const SSL_REQUEST = 80877103;
const GSS_REQUEST = 80877104;
const CANCEL_REQUEST = 80877102;

/** Cuts what arrives on a connection into messages. */
export class WireReader {
  #rest: Buffer = Buffer.alloc(0);
  #started = false;

  push(chunk: Buffer): WireMessage[] {
    this.#rest = Buffer.concat([this.#rest, chunk]);
    const messages: WireMessage[] = [];
    for (let next = this.#next(); next !== undefined; next = this.#next()) messages.push(next);
    return messages;
  }

  #next(): WireMessage | undefined {
    const typed = this.#started ? 1 : 0;
    if (this.#rest.length < typed + 4) return undefined;
    const length = typed + this.#rest.readInt32BE(typed);
    if (this.#rest.length < length) return undefined;
    const bytes = this.#rest.subarray(0, length);
    this.#rest = this.#rest.subarray(length);
    if (this.#started) return { type: String.fromCharCode(bytes[0] ?? 0), bytes };
    return { type: this.#greeting(bytes), bytes };
  }

  #greeting(bytes: Buffer): string {
    const code = bytes.length >= 8 ? bytes.readInt32BE(4) : 0;
    if (code === SSL_REQUEST || code === GSS_REQUEST) return 'ssl';
    if (code === CANCEL_REQUEST) return 'cancel';
    this.#started = true;
    return 'startup';
  }
}
