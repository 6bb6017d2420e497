/** What was opened, closed in reverse: Node 20 has no AsyncDisposableStack yet. */
export class Parts implements AsyncDisposable {
  #opened: AsyncDisposable[] = [];

  use<T extends AsyncDisposable>(part: T): T {
    this.#opened.push(part);
    return part;
  }

  /** From here on the one that is returned closes them. */
  move(): Parts {
    const parts = new Parts();
    parts.#opened = this.#opened.splice(0);
    return parts;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const part of this.#opened.splice(0).reverse()) {
      try {
        await part[Symbol.asyncDispose]();
      } catch (error) {
        console.error(error); // the others must not stay behind
      }
    }
  }
}
