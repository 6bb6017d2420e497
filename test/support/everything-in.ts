import type { Client } from '@temporalio/client';

/** All words of a value, bytes of payloads among them, to look for what must not be there. */
export function everythingIn(value: unknown): string {
  const words: string[] = [];
  const seen = new Set<object>();
  const walk = (part: unknown): void => {
    if (typeof part === 'string') words.push(part);
    else if (part instanceof Uint8Array) words.push(Buffer.from(part).toString('latin1'));
    else if (typeof part === 'object' && part !== null && !seen.has(part)) {
      seen.add(part);
      for (const [name, inner] of Object.entries(part)) {
        words.push(name);
        walk(inner);
      }
    }
  };
  walk(value);
  return words.join('\n');
}

/** Of every workflow that the server knows: its history, and what it says of it. */
export async function everythingTemporalKeeps(client: Client): Promise<string> {
  const parts: string[] = [];
  for await (const { workflowId, runId } of client.workflow.list()) {
    const handle = client.workflow.getHandle(workflowId, runId);
    const { raw } = await handle.describe();
    parts.push(everythingIn(raw), everythingIn(await handle.fetchHistory()));
  }
  return parts.join('\n');
}
