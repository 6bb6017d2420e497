/** A workflow whose thread stands still for a while, as that of a frozen process does. */
export async function standingStill(ms: number): Promise<string> {
  await Promise.resolve();
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
  await Promise.resolve();
  return 'gone on';
}
