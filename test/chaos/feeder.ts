import { createReadStream } from 'node:fs';
import { copyFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import pg from 'pg';
import { DarkroomError, type Darkroom, type GenerationRequest } from '../../src/client.js';
import type { History } from './history.js';
import type { ChaosImage } from './library.js';

const OWNER = 'chaos';
/** Longer than any outage of the schedule. */
const PATIENCE_MS = 120_000;
const AGAIN_MS = 300;
const KEEPER_MS = 1_000;
/** Of generations. */
const SIZE_PX = 512;

export interface Feeding {
  darkroom: Darkroom;
  images: ChaosImage[];
  /** For what is imported. */
  folder: string;
  history: History;
  generations?: number;
  /** So many of the images are to be handed in; the others are there when more work is wanted. */
  planned?: number;
  databaseUrl?: string;
}

/**
 * Hands images in as applications do: every other one is uploaded, the rest are imported and left to a
 * backfill. What fails for an outage is done again; only what was acknowledged counts.
 */
export class Feeder {
  readonly acknowledged: string[] = [];
  /** Prompts of generations that were acknowledged. */
  readonly promised: string[] = [];
  readonly #darkroom: Darkroom;
  readonly #images: ChaosImage[];
  readonly #folder: string;
  readonly #history: History;
  readonly #generations: number;
  /** With which all generations are asked for. */
  readonly #planned: number;
  readonly #databaseUrl: string;
  #next = 0;
  #asked = 0;
  #batches = 0;
  #waitsForBackfill = false;
  #ended = false;

  constructor({ darkroom, images, folder, history, ...more }: Feeding) {
    this.#darkroom = darkroom;
    this.#images = images;
    this.#folder = folder;
    this.#history = history;
    this.#generations = more.generations ?? 0;
    this.#planned = more.planned ?? images.length;
    this.#databaseUrl = more.databaseUrl ?? '';
  }

  /**
   * Until so many images have been handed in, all told, and as large a part of the generations;
   * resolves when all of them are acknowledged.
   */
  async upTo(count: number): Promise<void> {
    const batch = this.#images.slice(this.#next, count);
    this.#next = Math.max(this.#next, Math.min(count, this.#images.length));
    const uploads = batch.filter((_, index) => index % 2 === 0);
    const imports = batch.filter((_, index) => index % 2 === 1);
    await Promise.all([
      ...uploads.map((image) => this.#upload(image)),
      this.#import(imports),
      this.#ask(Math.floor(Math.min(1, this.#next / this.#planned) * this.#generations)),
    ]);
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

  async #ask(upTo: number): Promise<void> {
    const numbers = Array.from(
      { length: Math.max(0, upTo - this.#asked) },
      (_, n) => this.#asked + n,
    );
    this.#asked = Math.max(this.#asked, upTo);
    await Promise.all(numbers.map((number) => this.#generate(number)));
  }

  /** One by the client, the next by SQL alone, which the bridge finds. */
  async #generate(number: number): Promise<void> {
    let asked = 0;
    const prompt = await this.#persistently('generate', `generation ${number}`, async () => {
      // Whoever does not know whether he was heard asks for another picture.
      const words = `lighthouse ${number}, asked for the ${(asked += 1)}. time`;
      const request = { ownerId: OWNER, prompt: words, width: SIZE_PX, height: SIZE_PX };
      if (number % 2 === 0) await this.#darkroom.generate(request);
      else await this.#insert(request);
      return words;
    });
    this.promised.push(prompt);
  }

  async #insert({ ownerId, prompt, width, height }: GenerationRequest): Promise<void> {
    const client = new pg.Client({ connectionString: this.#databaseUrl });
    // A server that dies says so here too.
    client.on('error', () => undefined);
    await client.connect();
    try {
      await client.query(
        'insert into generation_jobs (owner_id, prompt, width, height) values ($1, $2, $3, $4)',
        [ownerId, prompt, width, height],
      );
    } finally {
      await client.end().catch(() => undefined);
    }
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
