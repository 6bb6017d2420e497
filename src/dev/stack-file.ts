import { link, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  knownProcess,
  signalProcess,
  stillRuns,
  stopLeftover,
  type KnownProcess,
} from './processes.js';

/** How long a leftover may take to close its files. */
const LEFTOVER_GRACE_MS = 10_000;

/** `<dataDir>/stack.json` while a stack runs; 0600, because env holds the secret. */
interface StackRecord extends KnownProcess {
  /** All variables for Darkroom processes; absent until everything is up. */
  env?: Record<string, string>;
  children: KnownProcess[];
}

/** The variables of the stack that runs on that folder; undefined when none does. */
export async function readRunningStack(
  dataDir = join(process.cwd(), '.darkroom'),
): Promise<Record<string, string> | undefined> {
  const record = await readRecord(fileIn(dataDir));
  return record && stillRuns(record) ? record.env : undefined;
}

/** One stack's claim on its folder. Nothing is written after release(). */
export class StackFile {
  readonly #file: string;
  readonly #record: StackRecord;
  readonly #say: (line: string) => void;
  readonly #children = new Map<string, KnownProcess>();
  #writing: Promise<void> = Promise.resolve();

  private constructor(file: string, record: StackRecord, say: (line: string) => void) {
    this.#file = file;
    this.#say = say;
    this.#record = record;
    process.once('exit', this.#endChildren);
  }

  /**
   * Claims the folder, after ending what a killed stack left behind.
   * @throws Error when a stack runs there.
   */
  static async claim(dataDir: string, say: (line: string) => void): Promise<StackFile> {
    await mkdir(dataDir, { recursive: true });
    const file = fileIn(dataDir);
    const record: StackRecord = { ...knownProcess(process.pid), children: [] };
    while (!(await create(file, record))) {
      const other = await readRecord(file);
      if (other && stillRuns(other))
        throw new Error(`A stack already runs on ${dataDir} (process ${other.pid}).`);
      await cleanUp(file, other, say);
    }
    return new StackFile(file, record, say);
  }

  /** Notes a child under a name, in place of the one before it. */
  noteChild(name: string, pid: number | undefined): Promise<void> {
    if (pid === undefined) this.#children.delete(name);
    else this.#children.set(name, knownProcess(pid));
    this.#record.children = [...this.#children.values()];
    return this.#write();
  }

  /** For who cannot wait: a full disk is no reason to end a stack that runs. */
  noteChildSoon(name: string, pid: number | undefined): void {
    this.noteChild(name, pid).catch((error: unknown) => {
      this.#say(`the ${name} could not be noted in ${this.#file}: ${String(error)}`);
    });
  }

  publish(env: Record<string, string>): Promise<void> {
    this.#record.env = env;
    return this.#write();
  }

  async release(): Promise<void> {
    process.off('exit', this.#endChildren);
    await this.#writing;
    await rm(this.#file, { force: true });
  }

  /** Somebody called process.exit() with the stack open: there is no time to ask politely. */
  readonly #endChildren = (): void => {
    for (const child of this.#children.values())
      if (stillRuns(child)) signalProcess(child.pid, 'SIGKILL');
  };

  #write(): Promise<void> {
    const text = textOf(this.#record);
    // One after the other: a worker's restart may be noted while the stack is published.
    const written = this.#writing.then(async () => {
      const next = `${this.#file}.next`;
      await writeFile(next, text, { mode: 0o600 });
      await rename(next, this.#file);
    });
    // What could not be written once may be the next time, when there is room again.
    this.#writing = written.catch(() => undefined);
    return written;
  }
}

/** Whole or not at all, and only when there is none. */
async function create(file: string, record: StackRecord): Promise<boolean> {
  const draft = `${file}.${process.pid}`;
  await writeFile(draft, textOf(record), { mode: 0o600 });
  try {
    await link(draft, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    await rm(draft, { force: true });
  }
}

async function cleanUp(file: string, seen: StackRecord | undefined, say: (line: string) => void) {
  // Of two stacks that start at once one gets the file, and whoever finds that it holds another
  // claim than the dead one gives it back.
  const aside = `${file}.dead-${process.pid}`;
  try {
    await rename(file, aside);
  } catch {
    return;
  }
  const taken = await readRecord(aside);
  if (taken && taken.pid !== seen?.pid) {
    await rename(aside, file);
    return;
  }
  const leftovers = (taken?.children ?? []).filter(stillRuns);
  if (leftovers.length > 0) say('ending what an earlier, killed run left behind');
  await Promise.all(leftovers.map((known) => stopLeftover(known, LEFTOVER_GRACE_MS)));
  await rm(aside, { force: true });
}

async function readRecord(file: string): Promise<StackRecord | undefined> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as StackRecord;
  } catch {
    return undefined;
  }
}

function textOf(record: StackRecord): string {
  return `${JSON.stringify(record, null, 2)}\n`;
}

function fileIn(dataDir: string): string {
  return join(dataDir, 'stack.json');
}
