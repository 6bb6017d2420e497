import { number } from '../../../domain/counted.js';
import type { QueueLimit } from '../../../client.js';
import { formTo } from '../act.js';

/** Outside of what is shown anew, so that nobody loses what they type. */
export function LimitForms({ limits }: { limits: QueueLimit[] }) {
  return (
    <section class="limits">
      <h2>Rate limits</h2>
      <p class="quiet">
        Calls to a provider by all workers together. A change holds from the next second on, without
        a restart; an empty field is what is configured.
      </p>
      {limits.map((limit) => (
        <LimitForm {...limit} />
      ))}
    </section>
  );
}

function LimitForm({ queue, ratePerMinute, usualRatePerMinute }: QueueLimit) {
  const usual = usualRatePerMinute === undefined ? 'no limit' : number(usualRatePerMinute);
  return (
    <form class="create" {...formTo(`/admin/queues/${queue}/rate`)}>
      <label>
        {queue}, calls a minute
        <input
          name="rate"
          type="number"
          min={1}
          max={100_000}
          step={1}
          autocomplete="off"
          placeholder={usual}
          {...(ratePerMinute !== undefined && { value: String(ratePerMinute) })}
        />
      </label>
      <button aria-label={`Set ${queue}`}>Set</button>
      <span class="quiet">configured: {usual}</span>
    </form>
  );
}
