import { counted } from '../../../domain/counted.js';
import type { ReadyCount } from '../../../catalog/overview.js';

const WIDTH = 400;
const HEIGHT = 64;

/** The last ten minutes as a line; the words below it say what it shows. */
export function ThroughputLine({ throughput }: { throughput: ReadyCount[] }) {
  const most = Math.max(1, ...throughput.map(({ ready }) => ready));
  const step = WIDTH / Math.max(1, throughput.length - 1);
  const points = throughput.map(
    ({ ready }, index) =>
      `${(index * step).toFixed(1)},${(HEIGHT - 2 - (ready / most) * (HEIGHT - 4)).toFixed(1)}`,
  );
  const sum = throughput.reduce((total, { ready }) => total + ready, 0);
  return (
    <figure class="flow">
      <figcaption>
        <h2>Last 10 minutes</h2>
        <span>
          {counted(sum, 'image')} ready
          {sum > 0 && `, at most ${(most * 4).toString()} a minute`}
        </span>
      </figcaption>
      <svg
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        width="100%"
        height={HEIGHT}
        preserveAspectRatio="none"
        aria-hidden="true"
      >
        <line class="axis" x1="0" x2={WIDTH} y1={HEIGHT - 1} y2={HEIGHT - 1} />
        <polygon class="area" points={`0,${HEIGHT} ${points.join(' ')} ${WIDTH},${HEIGHT}`} />
        <polyline class="line" points={points.join(' ')} vector-effect="non-scaling-stroke" />
      </svg>
      <p class="scale" aria-hidden="true">
        <span>10 min ago</span>
        <span>now</span>
      </p>
    </figure>
  );
}
