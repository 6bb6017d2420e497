/** How a worker talks to Temporal: said out loud, because the SDK's defaults move from version to version. */
export interface WorkerTuning {
  /** Polls for workflow tasks that are open at once, and for activities of each queue at most. */
  workflowPollers: number;
  activityPollers: number;
  /** Workflow tasks that are worked on at once. */
  workflowTasks: number;
  /** Workflows whose state is kept; one that fell out is replayed from its history. */
  cachedWorkflows: number;
  /** Activities of a workflow's own queue that the answer to its workflow task brings along. */
  eagerActivities: number;
  /** Of what is sent; answers may be compressed all the same. */
  compression: 'none' | 'gzip';
}

/** `npm run bench -- settings` compares them with their alternatives. */
export const TUNING: WorkerTuning = Object.freeze({
  workflowPollers: 10,
  activityPollers: 5,
  workflowTasks: 40,
  // A run's own workflow, its window of images, and those that wait for a provider.
  cachedWorkflows: 500,
  // Only pages of a run and the filing of failures are on the workflows' own queue.
  eagerActivities: 3,
  // Our messages are a few hundred bytes.
  compression: 'none',
});
