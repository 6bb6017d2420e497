import type { HttpDeps } from '../http-deps.js';

/** The address of a workflow in the Temporal Web UI; nothing when that is not known. */
export function workflowUrl(deps: HttpDeps, workflowId: string, runId?: string) {
  if (deps.temporalUi === undefined) return undefined;
  const { temporalNamespace = 'default' } = deps;
  const path = ['namespaces', temporalNamespace, 'workflows', workflowId]
    .concat(runId === undefined ? [] : [runId, 'history'])
    .map(encodeURIComponent)
    .join('/');
  return `${deps.temporalUi.replace(/\/$/, '')}/${path}`;
}
