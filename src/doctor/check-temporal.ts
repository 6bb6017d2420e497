import type { Client } from '@temporalio/client';
import { queueStates } from '../client/queues.js';
import { missingSearchAttributes } from '../client/register-search-attributes.js';
import type { TemporalSettings } from '../config/temporal-variables.js';
import { counted } from '../domain/counted.js';
import { SWEEP_SCHEDULE_ID } from '../domain/ids.js';
import { openTemporal } from '../open.js';
import { check, failed, note, ok, skipped, type Check, type Finding } from './check.js';

const CONNECT_MS = 3_000;
const ANSWER_MS = 5_000;
const START =
  'Start a Temporal server, or correct TEMPORAL_ADDRESS; "darkroom dev" brings one along.';
const MIGRATE = 'Run "darkroom migrate"; it may be repeated.';

type Settings = Partial<TemporalSettings>;

/** The server, what Darkroom needs of its namespace, and whether somebody works for it. */
export async function checkTemporal(settings: Settings): Promise<Check[]> {
  const { temporalAddress, temporalNamespace } = settings;
  let client: (Client & AsyncDisposable) | undefined;
  let found: Check | undefined;
  try {
    const server = await check(
      'temporal',
      async () => {
        if (temporalAddress === undefined || temporalNamespace === undefined) {
          return skipped('TEMPORAL_ADDRESS or TEMPORAL_NAMESPACE cannot be used');
        }
        client = await openTemporal(
          { ...settings, temporalAddress, temporalNamespace },
          { connectTimeoutMs: CONNECT_MS },
        );
        return namespace(client, temporalAddress);
      },
      START,
    );
    found = server;
    return [server, ...(await Promise.all(ofNamespace.map(([name, look]) => asked(name, look))))];
  } finally {
    await client?.[Symbol.asyncDispose]();
  }

  function asked(name: string, look: (of: Client) => Promise<Finding>): Promise<Check> {
    return check(name, async () => {
      const open = client;
      if (open === undefined || found?.state !== 'ok') return skipped('Temporal is away');
      return open.connection.withDeadline(Date.now() + ANSWER_MS, () => look(open));
    });
  }
}

const ofNamespace: [string, (client: Client) => Promise<Finding>][] = [
  ['search attributes', searchAttributes],
  ['server settings', serverSettings],
  ['sweep', sweep],
  ['workers', workers],
];

async function namespace({ connection, options }: Client, address: string): Promise<Finding> {
  const { serverVersion } = await connection.workflowService.getSystemInfo({});
  try {
    await connection.workflowService.describeNamespace({ namespace: options.namespace });
  } catch {
    return failed(
      `there is no namespace ${options.namespace} at ${address}`,
      `Create it (temporal operator namespace create ${options.namespace}), or correct TEMPORAL_NAMESPACE.`,
    );
  }
  return ok(`server ${serverVersion} at ${address}, namespace ${options.namespace}`);
}

async function searchAttributes(client: Client): Promise<Finding> {
  const missing = await missingSearchAttributes(client);
  return missing.length > 0
    ? failed(`not registered: ${missing.join(', ')}`, MIGRATE)
    : ok('all of them are registered');
}

/** A server does not tell its dynamic configuration; one of our settings shows in the namespace. */
async function serverSettings({ connection, options }: Client): Promise<Finding> {
  const { namespaceInfo } = await connection.workflowService.describeNamespace({
    namespace: options.namespace,
  });
  return namespaceInfo?.capabilities?.workerHeartbeats === true
    ? ok("it has at least one of Darkroom's")
    : note(
        "frontend.WorkerHeartbeatsEnabled is off, so it seems to lack Darkroom's settings",
        'Set what docs/operations.md lists: without matching.useNewMatcher and ' +
          'matching.enableFairness uploads wait behind backfills.',
      );
}

async function sweep(client: Client): Promise<Finding> {
  const missing = () => failed(`the schedule ${SWEEP_SCHEDULE_ID} is not there`, MIGRATE);
  const handle = client.schedule.getHandle(SWEEP_SCHEDULE_ID);
  const description = await handle.describe().catch(() => undefined);
  if (description === undefined) return missing();
  return description.state.paused
    ? note('it is paused', 'Resume it in the Temporal Web UI: deferred steps wait for it.')
    : ok('it is scheduled');
}

async function workers({ connection, options }: Client): Promise<Finding> {
  const states = await queueStates({ connection, namespace: options.namespace });
  const idle = [...new Set(states.filter((it) => it.pollers === 0).map(({ queue }) => queue))];
  if (idle.length > 0) {
    return failed(
      `nobody serves ${idle.join(', ')}`,
      'Start "darkroom worker"; its log says why not.',
    );
  }
  const count = Math.max(...states.map(({ pollers }) => pollers));
  const waiting = states.reduce((sum, state) => sum + state.waiting, 0);
  return ok(
    `${count} ${count === 1 ? 'serves' : 'serve'} every queue, ${counted(waiting, 'task waits', 'tasks wait')}`,
  );
}
