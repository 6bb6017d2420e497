import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';

const SIGN_OF_LIFE_MS = { terminal: 3000, log: 30_000 };

interface Build {
  say: (line: string) => void;
  env: NodeJS.ProcessEnv;
  /** Path of a Go toolchain that works. */
  go: string;
  /** Where the binary goes, whole or not at all. */
  target: string;
  version: string;
  signal?: AbortSignal | undefined;
}

/** `go install` of the CLI. @returns false when it failed; why has been said. */
export async function buildTemporal(build: Build): Promise<boolean> {
  const { say, env, go, target, version, signal } = build;
  say(
    `building the Temporal server ${version} with Go, because it could not be downloaded: ` +
      'about 5 minutes on two cores, once',
  );
  await mkdir(dirname(target), { recursive: true });
  const bin = await mkdtemp(join(dirname(target), 'build-'));
  try {
    const child = spawn(go, ['install', `github.com/temporalio/cli/cmd/temporal@${version}`], {
      env: { ...env, GOBIN: bin },
      stdio: ['ignore', 'ignore', 'pipe'],
      ...(signal && { signal }),
    });
    const problem = await watch(child, say);
    if (problem === undefined) await rename(join(bin, 'temporal'), target);
    else if (!signal?.aborted) say(`Go could not build it: ${problem}`);
    return problem === undefined;
  } finally {
    await rm(bin, { recursive: true, force: true });
  }
}

/** Go says nothing for minutes; people must see that it works. @returns what went wrong. */
async function watch(child: ChildProcess, say: Build['say']): Promise<string | undefined> {
  let lastLine = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    lastLine = text.trim().split('\n').at(-1) || lastLine;
  });
  const started = Date.now();
  const terminal = process.stderr.isTTY;
  const sign = () => {
    const seconds = Math.round((Date.now() - started) / 1000);
    if (terminal) process.stderr.write(`\r  still building: ${seconds} s `);
    else say(`still building the Temporal server: ${seconds} s`);
  };
  const timer = setInterval(sign, terminal ? SIGN_OF_LIFE_MS.terminal : SIGN_OF_LIFE_MS.log);
  try {
    const [code] = (await once(child, 'close')) as [number | null];
    return code === 0 ? undefined : lastLine || `exit code ${code}`;
  } catch (error) {
    return (error as Error).message;
  } finally {
    clearInterval(timer);
    if (terminal) process.stderr.write('\r\x1b[K');
  }
}
