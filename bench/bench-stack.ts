import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openStack, type Stack } from '../src/dev/stack.js';

export interface BenchStack extends AsyncDisposable {
  stack: Stack;
  /** A folder of its own, gone with the stack. */
  scratch: string;
}

/** Servers of its own, whatever the environment names, in a folder that ends with them. */
export async function openBenchStack(
  parts: { worker: boolean; server?: boolean },
  signal: AbortSignal,
  settings: Record<string, string> = {},
): Promise<BenchStack> {
  const scratch = await mkdtemp(join(tmpdir(), 'darkroom-bench-'));
  const remove = () => rm(scratch, { recursive: true, force: true });
  const env = { PATH: process.env.PATH, HOME: process.env.HOME, ...settings };
  const dataDir = join(scratch, 'stack');
  try {
    const stack = await openStack({ dataDir, env, ...parts, signal, say: () => undefined });
    const close = async () => {
      await stack[Symbol.asyncDispose]();
      await remove();
    };
    return { stack, scratch, [Symbol.asyncDispose]: close };
  } catch (error) {
    await remove();
    throw error;
  }
}
