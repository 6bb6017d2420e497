import type { Stack } from '../dev/stack.js';

/** Where everything of a stack is, as `--json` prints it. */
export function whereEverythingIs(stack: Stack) {
  const { temporalAddress, temporalUi, databaseUrl, storageDir, worker, server } = stack;
  return {
    ...(server && { api: server.api, admin: server.admin, token: server.token }),
    ...{ temporalAddress, temporalUi, databaseUrl, storageDir, workerPid: worker?.pid },
  };
}
