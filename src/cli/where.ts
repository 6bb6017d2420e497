import type { Stack } from '../dev/stack.js';

/** Where everything of a stack is, as `--json` prints it. */
export function whereEverythingIs(stack: Stack) {
  const { temporalAddress, temporalUi, databaseUrl, storageDir, worker, server } = stack;
  return {
    ...(server && { api: server.api, admin: server.admin, token: server.token }),
    ...{ temporalAddress, temporalUi, databaseUrl, storageDir, workerPid: worker?.pid },
  };
}

/** A line for each; what is somebody else's, as the UI of a Temporal that was there, has none. */
export function whereInWords(where: ReturnType<typeof whereEverythingIs>): string {
  return Object.entries(where)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name.padEnd(16)}${value}`)
    .join('\n');
}
