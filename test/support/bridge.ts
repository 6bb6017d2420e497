import { Client, Connection, type WorkflowExecutionInfo } from '@temporalio/client';
import pg from 'pg';
import { inject } from 'vitest';
import { openBridge } from '../../src/bridge/bridge.js';
import { generationWorkflowId, imageWorkflowId } from '../../src/domain/ids.js';
import { openTestDatabase } from './database.js';

/** Rows, bridges and the Temporal server; no worker, so what is started stays as it was started. */
export interface BridgeBench extends AsyncDisposable {
  readonly url: string;
  readonly temporal: Client;
  sql<Row extends object>(text: string, values?: unknown[]): Promise<Row[]>;
  /** Inserts rows as an application does and gives their ids, in order. */
  addGenerations(count: number, more?: Record<string, unknown>): Promise<string[]>;
  /** How many rows nobody has started yet. */
  waiting(): Promise<number>;
  /** Every execution of any of the generations, ended ones too. */
  executions(ids: string[]): Promise<WorkflowExecutionInfo[]>;
  isStarted(kind: 'generation' | 'image', id: string): Promise<boolean>;
  /** What the bridges have said so far. */
  readonly said: string[];
  bridge(databaseUrl?: string): AsyncDisposable;
}

export async function openBridgeBench(
  database?: { url: string } & AsyncDisposable,
): Promise<BridgeBench> {
  const { url, [Symbol.asyncDispose]: close } = database ?? (await openTestDatabase());
  const connection = await Connection.connect({ address: inject('temporalAddress') });
  const temporal = new Client({ connection });
  const said: string[] = [];
  const log = { info: (line: string) => said.push(line), warn: (line: string) => said.push(line) };
  const sql = async <Row extends object>(text: string, values: unknown[] = []) => {
    // A connection a statement, because the server may go and come back in between.
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    try {
      return (await client.query<Row>(text, values)).rows;
    } finally {
      await client.end();
    }
  };
  const idOf = { generation: generationWorkflowId, image: imageWorkflowId };
  return {
    ...{ url, temporal, said, sql },
    addGenerations: async (count, more = {}) => {
      const fields = { owner_id: 'ann', ...more };
      const columns = Object.keys(fields);
      const marks = columns.map((_, index) => `$${index + 2}`).join(', ');
      const rows = await sql<{ id: string }>(
        `insert into generation_jobs (prompt, ${columns.join(', ')})
         select 'a lighthouse, number ' || n, ${marks} from generate_series(1, $1::integer) n
         returning id`,
        [count, ...Object.values(fields)],
      );
      return rows.map(({ id }) => id);
    },
    waiting: async () => {
      const [row] = await sql<{ count: string }>(
        `select count(*) from generation_jobs where status = 'pending' and dispatched_at is null`,
      );
      return Number(row?.count);
    },
    executions: async (ids) => {
      const known = new Set(ids.map(generationWorkflowId));
      const found: WorkflowExecutionInfo[] = [];
      for await (const it of temporal.workflow.list({ query: `WorkflowType = 'generateImage'` })) {
        if (known.has(it.workflowId)) found.push(it);
      }
      return found;
    },
    isStarted: (kind, id) =>
      temporal.workflow
        .getHandle(idOf[kind](id))
        .describe()
        .then(() => true)
        .catch(() => false),
    bridge: (databaseUrl = url) => openBridge({ databaseUrl, client: temporal, log }),
    [Symbol.asyncDispose]: async () => {
      await endWorkflows(temporal);
      await connection.close();
      await close.call(database);
    },
  };
}

/** The next test file uses the same server. */
async function endWorkflows(temporal: Client): Promise<void> {
  const open = temporal.workflow.list({ query: 'ExecutionStatus = "Running"' });
  const ids: string[] = [];
  for await (const { workflowId } of open) ids.push(workflowId);
  const left = ids.values();
  const endOneByOne = async () => {
    for (const id of left) {
      await temporal.workflow
        .getHandle(id)
        .terminate('the test is over')
        .catch(() => undefined);
    }
  };
  await Promise.all(Array.from({ length: 16 }, endOneByOne));
}
