import { spawn, type ChildProcess } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { stillRuns, type KnownProcess } from '../../src/dev/processes.js';
import { picture } from '../support/pictures.js';
import { openTemporaryFolder, type OpenedFolder } from '../support/temporary-folder.js';

const PROGRAM = fileURLToPath(new URL('../../bin/darkroom.js', import.meta.url));
const PHOTOS = 10;
const LONG = { timeout: 120_000, interval: 50 };

describe('the tour of the demo on a terminal', () => {
  let folder: OpenedFolder;
  let terminal: Terminal | undefined;
  beforeEach(async () => {
    folder = openTemporaryFolder();
    const photos = join(folder.path, 'photos');
    await mkdir(photos);
    for (let seed = 0; seed < PHOTOS; seed += 1) {
      const bytes = await picture({ widthPx: 2000, heightPx: 1300, seed });
      await writeFile(join(photos, `picture-${seed}.jpg`), bytes);
    }
  });
  afterEach(async () => {
    await terminal?.close();
    await folder[Symbol.asyncDispose]();
  });

  const start = (...more: string[]) => {
    const { path } = folder;
    terminal = openTerminal([
      'demo',
      '--data',
      join(path, 'data'),
      '--photos',
      `${path}/photos`,
      ...more,
    ]);
    return terminal;
  };
  /** Processes of the stack, as it notes them itself. */
  const processes = async (): Promise<KnownProcess[]> => {
    const file = join(folder.path, 'data', 'stack.json');
    const { children, ...own } = JSON.parse(await readFile(file, 'utf8')) as StackRecord;
    return [own, ...children];
  };

  it('shows what happens in order, and again when everything was ready', async () => {
    const first = start();
    await first.says('Ctrl-C ends everything.');
    expectInOrder(first.text(), [
      'cut-short.jpg ends in the middle',
      /Processing 11 images/,
      / 640 px \S+ \d+ of 1[01]/,
      /Killed the worker \(process \d+, SIGKILL\)/,
      /back as process \d+ after [\d.]+ s: \d+ variants were finished/,
      /Uploaded \S+-0002\.jpg: it .*, first tier after [\d.]+ s, all after [\d.]+ s/,
      /Of the \d+ variants that were finished when the worker died, 0 were made again/,
      /cut-short\.jpg is set aside: .* \(ImageCorrupt\)/,
      /11 of 12 images ready: 66 variants in .* saved/,
      'npx darkroom images',
    ]);
    await first.end(processes);

    const second = start();
    await second.says('Ctrl-C ends everything.');
    expectInOrder(second.text(), [
      'Everything is ready already; painting 12 more photographs.',
      /Processing 13 images/,
      'Killed the worker',
      /finished when the worker died, 0 were made again/,
      /24 of 26 images ready/,
    ]);
    await second.end(processes);
  }, 400_000);

  it('leaves no process behind whenever Ctrl-C is pressed, and goes on at the next start', async () => {
    for (const line of ['Processing 11', 'goes on first', 'Killed the worker']) {
      const tour = start();
      await tour.says(line);
      await tour.end(processes);
    }
    const last = start();
    await last.says('Ctrl-C ends everything.');
    await last.end(processes);
  }, 500_000);

  it('is left out with --no-tour', async () => {
    const plain = start('--no-tour');
    await plain.says('Ctrl-C ends everything.');
    expect(plain.text()).not.toMatch(/Killed the worker|cut-short/);
    expect(plain.text()).toContain('10 of 10 images ready');
    await plain.end(processes);
  }, 200_000);
});

interface StackRecord extends KnownProcess {
  children: KnownProcess[];
}

interface Terminal {
  /** All that was shown, without colours and movements of the cursor. */
  text(): string;
  says(words: string): Promise<void>;
  /** Presses Ctrl-C and sees that the program and all its processes end, and well. */
  end(processes: () => Promise<KnownProcess[]>): Promise<void>;
  close(): Promise<void>;
}

/** The program under a pseudo terminal, as `script` of util-linux makes one, with servers of its own. */
function openTerminal(args: string[]): Terminal {
  const { PATH = '', HOME = '', TMPDIR = '/tmp' } = process.env;
  const command = ['exec', process.execPath, PROGRAM, ...args].join(' ');
  const child = spawn('script', ['-qefc', command, '/dev/null'], {
    env: { PATH, HOME, TMPDIR, TERM: 'xterm' },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let shown = '';
  child.stdout.on('data', (chunk: Buffer) => (shown += chunk.toString()));
  const text = () => shown.replaceAll(/\u001b\[[0-9;?]*[A-Za-z]/g, '\n').replaceAll('\r', '');
  return {
    text,
    says: async (words) => {
      const said = () => text().includes(words);
      await vi.waitUntil(() => said() || ended(child), LONG).catch(() => undefined);
      expect(text()).toContain(words);
    },
    end: async (processes) => {
      const running = await processes();
      expect(running.some(stillRuns)).toBe(true);
      child.stdin.write('\u0003');
      await vi.waitUntil(() => ended(child), LONG);
      expect(child.exitCode).toBe(0);
      expect(running.filter(stillRuns)).toEqual([]);
    },
    close: async () => {
      if (ended(child)) return;
      // A terminal that goes away is a SIGHUP to the program, which ends its stack.
      child.kill('SIGKILL');
      await vi.waitUntil(() => ended(child), LONG);
    },
  };
}

function ended({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}

function expectInOrder(text: string, expected: (string | RegExp)[]): void {
  let rest = text;
  for (const words of expected) {
    const at = typeof words === 'string' ? rest.indexOf(words) : rest.search(words);
    expect(at, `${words} after what came before it in:\n${rest}`).toBeGreaterThanOrEqual(0);
    rest = rest.slice(at);
  }
}
