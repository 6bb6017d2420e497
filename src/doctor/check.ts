/** `note`: works, but somebody may want to know; `skipped`: what it needs is away. */
export type CheckState = 'ok' | 'note' | 'failed' | 'skipped';

/** What was found of one thing that Darkroom needs. */
export interface Check {
  name: string;
  state: CheckState;
  says: string;
  /** What a person does about it. */
  todo?: string;
  ms: number;
}

export type Finding = Pick<Check, 'state' | 'says' | 'todo'>;

export const ok = (says: string): Finding => ({ state: 'ok', says });
export const note = (says: string, todo: string): Finding => ({ state: 'note', says, todo });
export const failed = (says: string, todo: string): Finding => ({ state: 'failed', says, todo });
export const skipped = (says: string): Finding => ({ state: 'skipped', says });

/** A folder on a server that went away without a word answers never. */
const LIMIT_MS = 40_000;

function late(): Promise<never> {
  return new Promise((_resolve, reject) => {
    const message = `there was no answer within ${LIMIT_MS / 1000} s`;
    setTimeout(() => reject(new Error(message)), LIMIT_MS).unref();
  });
}

/** Whatever happens becomes a finding. @param todo for what nobody expected */
export async function check(
  name: string,
  look: () => Promise<Finding>,
  todo = 'Look at the message; if it says nothing to you, please report it.',
): Promise<Check> {
  const started = performance.now();
  const found = await Promise.race([look(), late()]).catch((error: unknown) =>
    failed(error instanceof Error ? error.message : String(error), todo),
  );
  return { name, ...found, ms: Math.round(performance.now() - started) };
}
