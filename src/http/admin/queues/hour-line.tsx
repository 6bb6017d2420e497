import { number } from '../../../domain/counted.js';
import type { QueueHistory } from '../../../domain/queue-load.js';

const WIDTH = 120;
const HEIGHT = 20;

/** What ended in each minute of the last hour, against its busiest; the words say the same. */
export function HourLine({ completed, failed, perMinute }: QueueHistory) {
  if (completed + failed === 0) return <span class="quiet">nothing</span>;
  const most = Math.max(...perMinute);
  const step = WIDTH / (perMinute.length - 1);
  const points = perMinute.map((ended, minute) => {
    const y = HEIGHT - 1 - (ended / most) * (HEIGHT - 2);
    return `${(minute * step).toFixed(1)},${y.toFixed(1)}`;
  });
  return (
    <span class="hour">
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} width={WIDTH} height={HEIGHT} aria-hidden="true">
        <polyline points={points.join(' ')} />
      </svg>
      <span>
        {number(completed)} done{failed > 0 && `, ${number(failed)} failed`}, at most {number(most)}{' '}
        a minute
      </span>
    </span>
  );
}
