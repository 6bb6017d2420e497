import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { hasEnded, stopChild } from '../../src/dev/processes.js';

/** Far more than a run needs; memory is only taken by what is stored. */
const SIZE_MB = 4096;

/**
 * Mounts a file system in memory where nobody else sees it, and then makes it larger or smaller by
 * what it reads. Root of a namespace of its own is enough, where the kernel lets users have one.
 */
const SCRIPT = `
mount -t tmpfs -o size=${SIZE_MB}m,mode=700 disk /mnt && mkdir /mnt/files && echo ready || exit 1
while read -r what; do
  case $what in
    full) size=$(echo $(df -k --output=used /mnt | tail -n 1))k;;
    *) size=${SIZE_MB}m;;
  esac
  mount -o remount,size=$size /mnt && echo done || echo refused
done`;

/** A disk of its own that really gets full. It goes with what it holds when it is closed. */
export class SmallDisk implements AsyncDisposable {
  /** Reaches into the mount from outside. */
  readonly folder: string;
  readonly #child: ChildProcess;
  readonly #answers: AsyncIterator<string>;

  private constructor(child: ChildProcess, answers: AsyncIterator<string>) {
    this.#child = child;
    this.#answers = answers;
    this.folder = `/proc/${child.pid}/root/mnt/files`;
  }

  /** @returns nothing where this system does not let us mount anything */
  static async open(): Promise<SmallDisk | undefined> {
    const namespaces = [
      '--mount',
      ...(process.getuid?.() === 0 ? [] : ['--user', '--map-root-user']),
    ];
    const child = spawn('unshare', [...namespaces, 'sh', '-c', SCRIPT], {
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    const failed = once(child, 'error').then(() => undefined);
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const first = await Promise.race([lines.next(), failed]);
    if (first?.value === 'ready') return new SmallDisk(child, lines);
    if (child.pid !== undefined && !hasEnded(child)) await stopChild(child, 1_000);
    return undefined;
  }

  /** From now on nothing more can be written. @returns false when it was written to just then */
  async fill(): Promise<boolean> {
    return (await this.#ask('full')) === 'done';
  }

  async empty(): Promise<void> {
    await this.#ask('room');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await stopChild(this.#child, 1_000);
  }

  async #ask(what: string): Promise<string> {
    this.#child.stdin?.write(`${what}\n`);
    return ((await this.#answers.next()).value as string | undefined) ?? 'gone';
  }
}
