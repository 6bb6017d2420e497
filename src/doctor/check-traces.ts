import { failed, ok, type Finding } from './check.js';

/** Sends a collector nothing, and sees whether it takes it. */
export async function checkTraces(endpoint: string | undefined): Promise<Finding> {
  if (endpoint === undefined) return ok('none are sent');
  const todo = 'Start the collector, or correct OTEL_EXPORTER_OTLP_ENDPOINT.';
  try {
    const answer = await fetch(`${endpoint.replace(/\/+$/, '')}/v1/traces`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"resourceSpans":[]}',
      signal: AbortSignal.timeout(3_000),
    });
    return answer.ok
      ? ok(`${endpoint} takes them`)
      : failed(`${endpoint} answers with status ${answer.status}`, todo);
  } catch {
    return failed(`no collector answers at ${endpoint}`, todo);
  }
}
