import { number } from '../../../domain/counted.js';
import type { Run, RunStatus } from '../../../domain/runs.js';
import { BACKFILL_WORKFLOW_ID } from '../../../domain/ids.js';
import type { HttpDeps } from '../../http-deps.js';
import type { RunsPage } from './tasks-state.js';
import { Moment } from '../moment.js';
import { workflowUrl } from '../temporal-link.js';
import { took } from '../words.js';
import { num, ScrollTable } from '../table.js';

/** Past and present runs, newest first. */
export function RunsTable({ runs, next, later, deps }: RunsPage & { deps: HttpDeps }) {
  if (runs.length === 0 && !later) return <></>;
  return (
    <section class="runs">
      <h2 id="runs-heading">Runs</h2>
      <ScrollTable
        id="runs-table"
        labelledby="runs-heading"
        columns={[
          'When',
          'Scope',
          'Started by',
          'Outcome',
          num('Ready'),
          num('Failed'),
          num('Of'),
          num('Took'),
          'History',
        ]}
      >
        {runs.map((run) => (
          <Row run={run} deps={deps} />
        ))}
      </ScrollTable>
      <p class="more">
        {later && (
          <a class="button" id="newest-runs" href="/admin/tasks#runs-heading">
            Newest runs
          </a>
        )}{' '}
        {next !== undefined && (
          <a class="button" id="older-runs" href={`/admin/tasks?after=${next}#runs-heading`}>
            Older runs
          </a>
        )}
      </p>
    </section>
  );
}

function Row({ run, deps }: { run: Run; deps: HttpDeps }) {
  const url = workflowUrl(deps, BACKFILL_WORKFLOW_ID, run.id);
  const ms = run.finishedAt && run.finishedAt.getTime() - run.startedAt.getTime();
  return (
    <tr>
      <th scope="row">
        <Moment at={run.startedAt} />
      </th>
      <td>{run.scope}</td>
      <td>{run.startedBy ?? 'Temporal'}</td>
      <td title={run.failure?.message}>
        <Outcome status={run.status} />
      </td>
      <td class="num">{number(run.done)}</td>
      <td class="num">
        {run.failed === 0 ? (
          '0'
        ) : (
          <a
            id={`failed-${run.id}`}
            href={`/admin/tasks?run=${run.id}`}
            aria-label={`${run.failed} failed, show why`}
          >
            {number(run.failed)}
          </a>
        )}
      </td>
      <td class="num">{number(run.total)}</td>
      <td class="num">{ms === undefined ? '' : took(ms)}</td>
      <td>
        {url !== undefined && (
          <a id={`history-${run.id}`} href={url}>
            Temporal
          </a>
        )}
      </td>
    </tr>
  );
}

const OUTCOMES: Record<RunStatus, { mood: string; words: string }> = {
  running: { mood: 'active', words: 'running' },
  paused: { mood: 'active', words: 'paused' },
  succeeded: { mood: 'good', words: 'succeeded' },
  succeeded_with_failures: { mood: 'bad', words: 'with failures' },
  failed: { mood: 'bad', words: 'failed' },
  cancelled: { mood: 'plain', words: 'cancelled' },
};

function Outcome({ status }: { status: RunStatus }) {
  const { mood, words } = OUTCOMES[status];
  return <span class={`state ${mood}`}>{words}</span>;
}
