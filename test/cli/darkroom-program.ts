import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const PROGRAM = fileURLToPath(new URL('../../bin/darkroom.js', import.meta.url));

export interface Ended {
  code: number | null;
  stdout: string;
  /** Without what setting up the checkout says, which depends on what was changed before. */
  stderr: string;
}

export interface Run {
  cwd: string;
  /** All that the program gets besides what every program needs. */
  env?: Record<string, string>;
}

/** `darkroom ...` as people run it: the real program, in a folder of their own. */
export async function darkroom(args: string[], { cwd, env = {} }: Run): Promise<Ended> {
  const { PATH = '', HOME = '', TMPDIR = '/tmp' } = process.env;
  const child = spawn(process.execPath, [PROGRAM, ...args], {
    cwd,
    env: { PATH, HOME, TMPDIR, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [code, stdout, stderr] = await Promise.all([
    new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', resolve);
    }),
    textOf(child.stdout),
    textOf(child.stderr),
  ]);
  return { code, stdout, stderr: stderr.replaceAll(/^darkroom: .*\n/gm, '') };
}

/** The one JSON line that a command printed. @throws when it printed anything else */
export function jsonOf<T>({ stdout }: Ended): T {
  const lines = stdout.split('\n');
  if (lines.length !== 2 || lines[1] !== '') throw new Error(`not one line:\n${stdout}`);
  return JSON.parse(lines[0] ?? '') as T;
}

async function textOf(stream: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}
