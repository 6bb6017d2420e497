import { access, constants, mkdir, statfs } from 'node:fs/promises';
import { failed, note, ok, type Finding } from './check.js';

/** As package.json's `engines` says. */
const NODE = { major: 20, minor: 9 };
/** A master of the usual photograph has 7 MB, of the tallest 94 MB; and originals come beside them. */
const FULL_BYTES = 500_000_000;
const SCARCE_BYTES = 2_000_000_000;

export async function checkNode(version = process.versions.node): Promise<Finding> {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const enough = major > NODE.major || (major === NODE.major && minor >= NODE.minor);
  return enough
    ? ok(`${version} on ${process.platform} ${process.arch}`)
    : failed(`${version} is too old`, `Install Node ${NODE.major}.${NODE.minor} or newer.`);
}

export async function checkScratch(folder: string): Promise<Finding> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await access(folder, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    const todo = `Give this user the right to write there, or set SCRATCH_DIR to another folder.`;
    return failed(`${folder} cannot be written: ${(error as Error).message}`, todo);
  }
  const { bavail, bsize } = await statfs(folder);
  const free = bavail * bsize;
  const says = `${folder} has ${(free / 1e9).toFixed(1)} GB free`;
  const todo = 'Free some space, or set SCRATCH_DIR to a folder of a larger disk.';
  if (free < FULL_BYTES) return failed(says, todo);
  return free < SCARCE_BYTES ? note(says, todo) : ok(says);
}
