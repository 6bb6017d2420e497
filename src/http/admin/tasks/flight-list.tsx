import type { InFlight } from '../../../client.js';
import { Thumb } from '../thumb.js';

/** In people's words, as short as a list has room for. */
const STEP_WORDS: Record<string, string> = {
  prepareOriginal: 'reading the original',
  renderTier: 'making variants',
  describeImage: 'describing',
  embedImage: 'making it findable',
  recordFailure: 'filing why it failed',
  deferSteps: 'putting off what has to wait',
  releaseImage: 'stopping',
};

/** What the run works on now. */
export function FlightList({ flight, inFlight }: { flight: InFlight[]; inFlight: number }) {
  const more = inFlight - flight.length;
  return (
    <section class="flight">
      <h2>In flight</h2>
      {flight.length === 0 ? (
        <p class="quiet">Nothing at this moment.</p>
      ) : (
        <ul>
          {flight.map(({ imageId, fileName, view, step, sinceMs }) => (
            <li>
              <a id={`flight-${imageId}`} href={`/admin/images/${imageId}`}>
                <Thumb view={view} />
                <span class="name">{fileName}</span>
              </a>
              <span class="step">{STEP_WORDS[step] ?? 'waiting for a worker'}</span>
              <Since ms={sinceMs} />
            </li>
          ))}
        </ul>
      )}
      {more > 0 && flight.length > 0 && <p class="quiet">and {more} more</p>}
    </section>
  );
}

/** Counts on by itself with script; regions.tsx leaves it out when it looks for changes. */
function Since({ ms }: { ms: number }) {
  return (
    <span class="since" data-since={String(Date.now() - ms)}>
      {Math.floor(ms / 1000)} s
    </span>
  );
}
