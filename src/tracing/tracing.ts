import { createRequire } from 'node:module';
import { context, propagation, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { envDetectorSync, Resource } from '@opentelemetry/resources';
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base';
import type { WorkflowClientInterceptor } from '@temporalio/client';
import {
  makeWorkflowExporter,
  OpenTelemetryActivityInboundInterceptor,
  OpenTelemetryActivityOutboundInterceptor,
  OpenTelemetryWorkflowClientInterceptor,
} from '@temporalio/interceptors-opentelemetry';
import type { ActivityInterceptorsFactory, WorkerOptions } from '@temporalio/worker';

/** How a process tells a collector what it does. Loaded only when there is a collector. */
export interface Tracing extends AsyncDisposable {
  readonly client: WorkflowClientInterceptor;
  readonly worker: WorkerTracing;
}

/** What a worker needs for the spans of its activities and workflows. */
export interface WorkerTracing {
  readonly activity: ActivityInterceptorsFactory;
  readonly sinks: NonNullable<WorkerOptions['sinks']>;
  /** Goes into the bundle of the workflows, when that is made at start. */
  readonly workflowModule: string;
}

/** A collector that is away must not hold up whoever ends. */
const FLUSH_MS = 2_000;

interface Shared {
  processor: BatchSpanProcessor;
  resource: Resource;
  users: number;
}

/** OpenTelemetry knows one provider a process, so client and worker share it. */
let shared: Shared | undefined;

/** @param endpoint of the collector; spans go to /v1/traces under it */
export function openTracing(endpoint: string): Tracing {
  const { processor, resource } = (shared ??= register(endpoint));
  shared.users += 1;
  return {
    client: new OpenTelemetryWorkflowClientInterceptor(),
    worker: {
      activity: (activity) => ({
        inbound: new OpenTelemetryActivityInboundInterceptor(activity),
        outbound: new OpenTelemetryActivityOutboundInterceptor(activity),
      }),
      sinks: { exporter: makeWorkflowExporter(processor, resource) },
      workflowModule: createRequire(import.meta.url).resolve(
        '@temporalio/interceptors-opentelemetry/lib/workflow-interceptors',
      ),
    },
    [Symbol.asyncDispose]: release,
  };
}

/** An application that has a provider already keeps it: registering a second changes nothing. */
function register(endpoint: string): Shared {
  const resource = Resource.default()
    .merge(new Resource({ 'service.name': 'darkroom' }))
    .merge(envDetectorSync.detect());
  const exporter = new OTLPTraceExporter({ url: `${endpoint.replace(/\/+$/, '')}/v1/traces` });
  const processor = new BatchSpanProcessor(exporter, { exportTimeoutMillis: FLUSH_MS });
  const provider = new BasicTracerProvider({ resource, spanProcessors: [processor] });
  provider.register({ contextManager: new AsyncLocalStorageContextManager() });
  return { processor, resource, users: 0 };
}

/** The last one sends what has gathered and gives the names back. */
async function release(): Promise<void> {
  if (shared === undefined || --shared.users > 0) return;
  const { processor } = shared;
  shared = undefined;
  trace.disable();
  context.disable();
  propagation.disable();
  // A collector that does not answer is no failure of ours.
  await Promise.race([processor.shutdown(), later(FLUSH_MS)]).catch(() => undefined);
}

function later(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms).unref());
}
