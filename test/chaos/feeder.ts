import { createReadStream } from 'node:fs';
import { copyFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { DarkroomError, type Darkroom } from '../../src/client.js';
import type { History } from './history.js';
import type { ChaosImage } from './library.js';

const OWNER = 'chaos';
/** Longer than any outage of the schedule. */
const PATIENCE_MS = 120_000;
const AGAIN_MS = 300;
const KEEPER_MS = 1_000;

/**
 * Hands images in as applications do: every other one is uploaded, the rest are imported and left to a
 * backfill. What fails for an outage is done again; only what was acknowledged counts.
 */
export class Feeder {
  readonly acknowledged: string[] = [];
  readonly #darkroom: Darkroom;
  readonly #images: ChaosImage[];
  readonly #folder: string;
  readonly #history: History;
  #next = 0;
  #batches = 0;
  #waitsForBackfill = false;
  #ended = false;

  constructor(darkroom: Darkroom, images: ChaosImage[], folder: string, history: History) {
    this.#darkroom = darkroom;
    this.#images = images;
    this.#folder = folder;
    this.#history = history;
  }

  get left(): number {
    return this.#images.length - this.#next;
  }

  /** Until so many have been handed in, all told; resolves when all of them are acknowledged. */
  async upTo(count: number): Promise<void> {
    const batch = this.#images.slice(this.#next, count);
    this.#next = Math.max(this.#next, Math.min(count, this.#images.length));
    const uploads = batch.filter((_, index) => index % 2 === 0);
    const imports = batch.filter((_, index) => index % 2 === 1);
    await Promise.all([...uploads.map((image) => this.#upload(image)), this.#import(imports)]);
  }

  more(): Promise<void> {
    return this.upTo(this.#next + 2);
  }

  /** Starts a backfill whenever something waits for one and none is active. */
  async keepBackfills(): Promise<void> {
    while (!this.#ended) {
      if (this.#waitsForBackfill) await this.#startBackfill();
      await wait(KEEPER_MS);
    }
  }

  end(): void {
    this.#ended = true;
  }

  async #upload({ path, fileName }: ChaosImage): Promise<void> {
    await this.#persistently('upload', fileName, () =>
      this.#darkroom.upload({ ownerId: OWNER, fileName, body: createReadStream(path) }),
    );
    this.acknowledged.push(fileName);
  }

  async #import(images: ChaosImage[]): Promise<void> {
    if (images.length === 0) return;
    const folder = join(this.#folder, `import-${(this.#batches += 1)}`);
    await mkdir(folder, { recursive: true });
    for (const { path, fileName } of images) await copyFile(path, join(folder, fileName));
    await this.#persistently('import', folder, () =>
      this.#darkroom.import(folder, { ownerId: OWNER }),
    );
    this.acknowledged.push(...images.map(({ fileName }) => fileName));
    this.#waitsForBackfill = true;
  }

  async #startBackfill(): Promise<void> {
    try {
      const { runId, images } = await this.#darkroom.backfill.start({ ownerId: OWNER });
      this.#history.note('backfill', { runId, images });
    } catch (error) {
      const kind = error instanceof DarkroomError ? error.kind : undefined;
      // All are done; a run that is active may have passed the last ones by, so it is asked again.
      if (kind === 'NoImages') this.#waitsForBackfill = false;
    }
  }

  async #persistently<T>(what: string, name: string, work: () => Promise<T>): Promise<T> {
    const deadline = Date.now() + PATIENCE_MS;
    for (;;) {
      try {
        const result = await work();
        this.#history.note(what, { name, outcome: 'ok' });
        return result;
      } catch (error) {
        const { message } = error as Error;
        this.#history.note(what, { name, outcome: 'unknown', message });
        if (Date.now() > deadline) throw error;
        await wait(AGAIN_MS);
      }
    }
  }
}
