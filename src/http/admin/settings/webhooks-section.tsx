import type { DeliveryRecord } from '../../../catalog/deliveries.js';
import type { EndpointRecord } from '../../../catalog/endpoints.js';
import { SUBSCRIPTIONS, type DeliveryState } from '../../../domain/events.js';
import { formTo } from '../act.js';
import { Moment } from '../moment.js';
import { Renewed } from '../renewed.js';
import { num, ScrollTable } from '../table.js';

export interface WebhooksShown {
  endpoints: EndpointRecord[];
  /** Newest first. */
  deliveries: DeliveryRecord[];
  /** Of an endpoint that was added just now. */
  secret?: string;
}

/** Who is told of events and what came of that, and a form for another endpoint. */
export function WebhooksSection({ endpoints, deliveries, secret }: WebhooksShown) {
  return (
    <section class="webhooks">
      <h2 id="webhooks">Webhooks</h2>
      {secret !== undefined && <Secret secret={secret} />}
      <Renewed id="endpoints-there" href="/admin/settings">
        <Endpoints endpoints={endpoints} />
      </Renewed>
      <AddForm />
      <Renewed id="deliveries-there" href="/admin/settings">
        {endpoints.length > 0 && <Deliveries deliveries={deliveries} />}
      </Renewed>
    </section>
  );
}

function Secret({ secret }: { secret: string }) {
  return (
    <div class="created" role="status">
      <label for="secret">
        The secret of the endpoint, to check signatures with. It is shown this once: copy it now.
      </label>
      <div>
        <input id="secret" readonly value={secret} size={50} autocomplete="off" />
        <button type="button" data-copy="secret" hidden>
          Copy
        </button>
      </div>
    </div>
  );
}

function Endpoints({ endpoints }: { endpoints: EndpointRecord[] }) {
  if (endpoints.length === 0) {
    return <p>Nobody is told of events yet: add an endpoint, and it gets them signed.</p>;
  }
  return (
    <ScrollTable
      id="endpoints-table"
      labelledby="webhooks"
      columns={['Address', 'Of', 'Events', 'State', 'Change']}
    >
      {endpoints.map((endpoint) => (
        <Endpoint endpoint={endpoint} />
      ))}
    </ScrollTable>
  );
}

function Endpoint({ endpoint }: { endpoint: EndpointRecord }) {
  const { id, url, ownerId, events, disabledAt, disabledBecause } = endpoint;
  const to = (verb: string) => formTo(`/admin/settings/webhooks/${id}/${verb}`);
  return (
    <tr>
      <th scope="row">{url}</th>
      <td>{ownerId ?? 'all owners'}</td>
      <td>{events.join(', ')}</td>
      <td>
        {disabledAt === undefined ? (
          <span class="state good">live</span>
        ) : (
          <span class="state bad" title={disabledBecause}>
            disabled
          </span>
        )}
      </td>
      <td class="acts">
        {disabledAt === undefined ? (
          <form {...to('test')}>
            <button id={`test-${id}`} aria-label={`Test ${url}`}>
              Test
            </button>
          </form>
        ) : (
          <form {...to('enable')}>
            <button id={`enable-${id}`} aria-label={`Enable ${url}`}>
              Enable
            </button>
          </form>
        )}
        <form {...to('remove')}>
          <button id={`remove-${id}`} aria-label={`Remove ${url}`}>
            Remove
          </button>
        </form>
      </td>
    </tr>
  );
}

function AddForm() {
  return (
    <form class="create" method="post" action="/admin/settings/webhooks">
      <label>
        Address
        <input
          name="url"
          type="text"
          required
          maxlength={2000}
          placeholder="https://"
          autocomplete="off"
        />
      </label>
      <label>
        For
        <select name="kind">
          <option value="all">all owners, an event an image</option>
          <option value="owner">one owner</option>
          <option value="admin">administrators, failures grouped</option>
        </select>
      </label>
      <label>
        Only of the owner
        <input name="ownerId" maxlength={200} autocomplete="off" />
      </label>
      <label>
        Events, if not all
        <input
          name="events"
          maxlength={200}
          placeholder={SUBSCRIPTIONS.join(',')}
          autocomplete="off"
        />
      </label>
      <button>Add endpoint</button>
    </form>
  );
}

const MOOD: Record<DeliveryState, 'good' | 'bad' | 'plain'> = {
  delivered: 'good',
  dead: 'bad',
  pending: 'plain',
};

function Deliveries({ deliveries }: { deliveries: DeliveryRecord[] }) {
  if (deliveries.length === 0) return <p class="quiet">No event has been sent yet.</p>;
  return (
    <>
      <h3 id="deliveries">The newest deliveries</h3>
      <ScrollTable
        id="deliveries-table"
        labelledby="deliveries"
        columns={['Event', 'To', 'When', 'State', num('Tries'), 'Last answer', 'Again']}
      >
        {deliveries.map((delivery) => (
          <Delivery delivery={delivery} />
        ))}
      </ScrollTable>
    </>
  );
}

function Delivery({ delivery }: { delivery: DeliveryRecord }) {
  const { id, type, url, createdAt, state, attempts, lastStatus, lastError } = delivery;
  return (
    <tr>
      <th scope="row">{type}</th>
      <td>{url}</td>
      <td>
        <Moment at={createdAt} />
      </td>
      <td>
        <span class={`state ${MOOD[state]}`}>{state}</span>
      </td>
      <td class="num">{attempts}</td>
      <td>
        <LastAnswer {...{ lastStatus, lastError, nextAttemptAt: delivery.nextAttemptAt }} />
      </td>
      <td>
        <form {...formTo(`/admin/settings/deliveries/${id}/resend`)}>
          <button id={`resend-${id}`} aria-label={`Send ${type} ${id} again`}>
            Resend
          </button>
        </form>
      </td>
    </tr>
  );
}

interface Last {
  lastStatus: number | undefined;
  lastError: string | undefined;
  nextAttemptAt: Date | undefined;
}

function LastAnswer({ lastStatus, lastError, nextAttemptAt }: Last) {
  if (lastStatus === undefined && lastError === undefined) return <>none yet</>;
  return (
    <>
      {lastError ?? `It answered ${lastStatus}.`}
      {nextAttemptAt !== undefined && (
        <>
          {' '}
          Next try <Moment at={nextAttemptAt} />
        </>
      )}
    </>
  );
}
