import { counted, number } from '../../../domain/counted.js';
import type { QueueView, QueueWorker } from '../../../client.js';
import { took } from '../words.js';
import { num, ScrollTable } from '../table.js';
import { HourLine } from './hour-line.js';

/** One row a queue; nothing in it can be typed into, because it is shown anew every few seconds. */
export function QueuesTable({ queues, nowMs }: { queues: QueueView[]; nowMs: number }) {
  const idle = queues.every(({ pollers }) => pollers === 0);
  return (
    <>
      <p class="sentence">{inOneSentence(queues)}</p>
      {idle && (
        <p>
          No worker runs: start one with <code>darkroom worker</code>.
        </p>
      )}
      <ScrollTable
        id="queues-table"
        label="Queues"
        columns={[
          'Queue',
          num('Waiting'),
          num('Running'),
          num('Oldest waiting'),
          num('Schedule to start'),
          num('Rate limit'),
          'Last hour',
          'Workers, last heartbeat',
        ]}
      >
        {queues.map((queue) => (
          <Row queue={queue} nowMs={nowMs} />
        ))}
      </ScrollTable>
    </>
  );
}

function Row({ queue, nowMs }: { queue: QueueView; nowMs: number }) {
  const { takes, waiting, running, oldestMs, scheduleToStartMs, lastHour, workers } = queue;
  return (
    <tr>
      <th scope="row">
        {queue.queue} {takes === 'workflows' && <span class="quiet">(workflows)</span>}
      </th>
      <td class="num">{number(waiting)}</td>
      <td class="num">{takes === 'workflows' ? '' : number(running)}</td>
      <td class="num">{waiting === 0 ? '-' : took(oldestMs)}</td>
      <td class="num">{scheduleToStartMs === undefined ? '-' : took(scheduleToStartMs)}</td>
      <td class="num">{rateInWords(queue)}</td>
      <td>{lastHour && <HourLine {...lastHour} />}</td>
      <td>
        {workers.length === 0 ? 'nobody' : workers.map((it) => <Worker {...it} nowMs={nowMs} />)}
      </td>
    </tr>
  );
}

function Worker({ identity, lastSeen, running, nowMs }: QueueWorker & { nowMs: number }) {
  const agoMs = Math.max(0, nowMs - lastSeen.getTime());
  return (
    <div>
      {identity}, {took(Math.round(agoMs / 1000) * 1000)} ago
      {running > 0 && `, holds ${number(running)}`}
    </div>
  );
}

function rateInWords({ limited, ratePerMinute }: QueueView): string {
  if (!limited) return '-';
  return ratePerMinute === undefined ? 'no limit' : `${number(ratePerMinute)}/min`;
}

function inOneSentence(queues: QueueView[]): string {
  const waiting = queues.reduce((sum, it) => sum + it.waiting, 0);
  const running = queues.reduce((sum, it) => sum + it.running, 0);
  const workers = new Set(
    queues.flatMap(({ workers: all }) => all.map(({ identity }) => identity)),
  );
  return `${counted(waiting, 'task')} waiting, ${number(running)} running, ${counted(workers.size, 'worker')}.`;
}
