import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import {
  Worker,
  type ActivityInterceptorsFactory,
  type NativeConnection,
  type WorkerOptions,
} from '@temporalio/worker';
import type { ActivityDeps } from './activities/deps.js';
import { FailureBoundary } from './activities/failure-boundary.js';
import { createActivities } from './activities/index.js';
import { queueLoads } from './activities/queue-loads.js';
import type { Config } from './config/config.js';
import { scratchQueue, TASK_QUEUES } from './domain/ids.js';
import { dataConverterFor } from './payloads/data-converter.js';
import { activityFields } from './log/activity-fields.js';
import type { WorkerTracing } from './tracing/tracing.js';
import { TUNING, type WorkerTuning } from './config/worker-tuning.js';

/** Prebuilt by `npm run build`: bundling takes seconds at every start. */
const BUNDLE = fileURLToPath(new URL('../dist/workflow-bundle.js', import.meta.url));
/** The same with spans, for which every workflow pays; so it is used only when they are wanted. */
const TRACED_BUNDLE = fileURLToPath(new URL('../dist/workflow-bundle-traced.js', import.meta.url));
const SOURCE = fileURLToPath(new URL('./workflows', import.meta.url));

/**
 * Tiers of the images whose masters are here. Most of them wait for an encoder, and there the most
 * urgent one is the next, whereas a queue does not let it overtake those that have a slot.
 */
const TIERS = 50;

/** They only wait, but each of them says every second that it still does. */
const JOINS = 100;

/** Requests to endpoints at once, most of which are answered in a moment. */
const DELIVERIES = 20;

/** What Temporal calls all of our workers together, when they say their versions. */
const DEPLOYMENT_NAME = 'darkroom';

/** How activities run, whatever the queue. */
export const ACTIVITY_SETTINGS = {
  interceptors: { activity: activityInterceptors({}) },
  // Cancellation arrives with heartbeats; the default would let it wait for 8 seconds.
  maxHeartbeatThrottleInterval: 1000,
  defaultHeartbeatThrottleInterval: 1000,
} satisfies Partial<WorkerOptions>;

/**
 * How workflows run. The SDK ends a step of a workflow that takes more than 5 s, and Node 20 may end the whole
 * process with it ("async hook stack has become corrupted"). Ours take milliseconds, unless the process was
 * frozen meanwhile: a virtual machine on the move, a paused container. The SDK reads this option, but does
 * not document it.
 */
export const WORKFLOW_SETTINGS = { isolateExecutionTimeout: '1 hour' };

/** Who watches the work of a worker. */
export interface Observers {
  metrics?: { activity: ActivityInterceptorsFactory };
  tracing?: WorkerTracing;
}

/** From the outside in: observers see what the failure boundary makes of an error. */
function activityInterceptors(
  { metrics, tracing }: Observers,
  loads?: ActivityInterceptorsFactory,
): ActivityInterceptorsFactory[] {
  return [
    ...(loads ? [loads] : []),
    ...(tracing ? [tracing.activity] : []),
    activityFields,
    ...(metrics ? [metrics.activity] : []),
    (context) => ({ inbound: new FailureBoundary(context) }),
  ];
}

export type WorkerSettings = Pick<
  Config,
  | 'temporalNamespace'
  | 'encoders'
  | 'metadataCalls'
  | 'embeddingCalls'
  | 'generationConcurrency'
  | 'shutdownGraceSeconds'
  | 'shutdownForceSeconds'
> &
  Partial<Pick<Config, 'payloadKeys' | 'workerBuildId'>> & { tuning?: WorkerTuning };

/** One Worker a queue, because each queue has its own limits; all in this process. */
export async function createWorkers(
  settings: WorkerSettings,
  connection: NativeConnection,
  deps: ActivityDeps,
  observers: Observers = {},
): Promise<Worker[]> {
  const { encoders, tuning = TUNING } = settings;
  const slotsOf: Record<string, number> = {};
  const common: Omit<WorkerOptions, 'taskQueue'> = {
    connection,
    namespace: settings.temporalNamespace,
    activities: createActivities(deps),
    dataConverter: dataConverterFor(settings.payloadKeys ?? []),
    ...ACTIVITY_SETTINGS,
    interceptors: {
      activity: activityInterceptors(observers, queueLoads(deps.catalog, slotsOf)),
    },
    shutdownGraceTime: settings.shutdownGraceSeconds * 1000,
    shutdownForceTime: settings.shutdownForceSeconds * 1000,
    ...versionedAs(settings.workerBuildId),
  };
  const queue = (taskQueue: string, slots: number): WorkerOptions => {
    slotsOf[taskQueue] = slots;
    return {
      ...common,
      taskQueue,
      maxConcurrentActivityTaskExecutions: slots,
      maxConcurrentActivityTaskPolls: Math.min(slots, tuning.activityPollers),
    };
  };
  return Promise.all(
    [
      {
        ...withWorkflows(queue(TASK_QUEUES.main, 50), observers.tracing),
        ...WORKFLOW_SETTINGS,
        maxConcurrentWorkflowTaskExecutions: tuning.workflowTasks,
        maxConcurrentWorkflowTaskPolls: tuning.workflowPollers,
        maxCachedWorkflows: tuning.cachedWorkflows,
        maxEagerActivityReservationsPerWorkflowTask: tuning.eagerActivities,
      },
      queue(TASK_QUEUES.imaging, encoders),
      queue(TASK_QUEUES.urgent, encoders),
      queue(scratchQueue(deps.scratch.id), TIERS),
      queue(TASK_QUEUES.metadata, settings.metadataCalls),
      queue(TASK_QUEUES.embedding, settings.embeddingCalls),
      queue(TASK_QUEUES.generation, settings.generationConcurrency),
      queue(TASK_QUEUES.joins, JOINS),
      queue(TASK_QUEUES.webhooks, DELIVERIES),
    ].map((options) => Worker.create(options)),
  );
}

/**
 * Everything moves to the current version, running workflows too, as it does without versions: a
 * backfill may run for days, and no worker has to be kept for it.
 */
function versionedAs(buildId: string | undefined): Pick<WorkerOptions, 'workerDeploymentOptions'> {
  if (buildId === undefined) return {};
  return {
    workerDeploymentOptions: {
      useWorkerVersioning: true,
      version: { deploymentName: DEPLOYMENT_NAME, buildId },
      defaultVersioningBehavior: 'AUTO_UPGRADE',
    },
  };
}

function withWorkflows(options: WorkerOptions, tracing?: WorkerTracing): WorkerOptions {
  const sinks = tracing && { sinks: tracing.sinks };
  const bundle = tracing ? TRACED_BUNDLE : BUNDLE;
  // Failures are encrypted where they arise, which the prebuilt one does not do; so this worker makes its own.
  const isEncrypted = options.dataConverter?.failureConverterPath !== undefined;
  if (existsSync(bundle) && !isEncrypted)
    return { ...options, ...sinks, workflowBundle: { codePath: bundle } };
  const workflowModules = tracing ? [tracing.workflowModule] : [];
  const interceptors = { ...options.interceptors, workflowModules };
  return { ...options, ...sinks, interceptors, workflowsPath: SOURCE };
}
