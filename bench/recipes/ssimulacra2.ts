import { execFile } from 'node:child_process';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Where `cargo install` puts it, which need not be on the PATH. */
const PATH = `${process.env.PATH ?? ''}:${join(homedir(), '.cargo', 'bin')}`;

/**
 * SSIMULACRA2 of two PNG files of one size: 100 is the same picture, 90 hardly to be told apart, 70 a
 * good photograph on the web.
 * @throws with the line that installs the tool, when it is not there
 */
export async function ssimulacra2(reference: string, distorted: string): Promise<number> {
  try {
    const { stdout } = await run('ssimulacra2_rs', ['image', reference, distorted], {
      env: { ...process.env, PATH },
    });
    const score = /-?\d+(\.\d+)?/.exec(stdout.replace(/^.*Score:/s, ''))?.[0];
    if (score === undefined) throw new Error(`ssimulacra2_rs said: ${stdout}`);
    return Number(score);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
    throw new Error(
      'This needs SSIMULACRA2: cargo install ssimulacra2_rs --no-default-features (two minutes).',
      { cause: error },
    );
  }
}
