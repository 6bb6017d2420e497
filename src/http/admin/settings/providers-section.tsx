import type { ProviderState } from '../../../client.js';
import { FAILURES } from '../../../domain/failures.js';
import { formTo } from '../act.js';
import { Moment } from '../moment.js';
import { ScrollTable } from '../table.js';

/** Who describes and embeds, how it goes, and a button that finds out. */
export function ProvidersSection({ providers }: { providers: ProviderState[] }) {
  return (
    <section class="providers">
      <h2 id="providers">Providers</h2>
      <ScrollTable
        labelledby="providers"
        columns={['Step', 'Provider', 'Model', 'State', 'Last error', 'Test']}
      >
        {providers.map((provider) => (
          <Row {...provider} />
        ))}
      </ScrollTable>
      <p class="quiet">
        A test asks for one answer, which is paid like any other. These are the settings of the
        server; workers have their own. METADATA_PROVIDER and EMBEDDING_PROVIDER change them.
      </p>
    </section>
  );
}

function Row({ step, provider, model, paused, lastFailure }: ProviderState) {
  return (
    <tr>
      <th scope="row">{step}</th>
      <td>{provider}</td>
      <td>{model}</td>
      <td>
        <span class={`state ${paused === undefined ? 'good' : 'bad'}`}>
          {paused === undefined ? 'asked' : 'paused'}
        </span>
        {paused !== undefined && (
          <>
            {' '}
            since <Moment at={paused.since} />
          </>
        )}
      </td>
      <td>
        {lastFailure === undefined ? (
          'none'
        ) : (
          <>
            {FAILURES[lastFailure.kind].says} {lastFailure.message}{' '}
            <Moment at={new Date(lastFailure.at)} />
          </>
        )}
      </td>
      <td>
        <form {...formTo(`/admin/settings/providers/${step}/test`)}>
          <button aria-label={`Test ${step}`}>Test</button>
        </form>
      </td>
    </tr>
  );
}
