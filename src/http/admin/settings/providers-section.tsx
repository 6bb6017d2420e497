import type { GenerationView, ProviderState } from '../../../client.js';
import { FAILURES } from '../../../domain/failures.js';
import type { HttpSettings } from '../../http-deps.js';
import { formTo } from '../act.js';
import { Moment } from '../moment.js';
import { ScrollTable } from '../table.js';

interface ProvidersSectionProps {
  providers: ProviderState[];
  generation: HttpSettings['generation'];
  /** The newest picture that its provider did not make. */
  lastFailed?: GenerationView;
}

/** Who describes, embeds and makes pictures, how it goes, and a button that finds out. */
export function ProvidersSection({ providers, ...making }: ProvidersSectionProps) {
  return (
    <section class="providers">
      <h2 id="providers">Providers</h2>
      <ScrollTable
        id="providers-table"
        labelledby="providers"
        columns={['Step', 'Provider', 'Model', 'State', 'Last error', 'Test']}
      >
        {providers.map((provider) => (
          <Row {...provider} />
        ))}
        <GenerationRow {...making} />
      </ScrollTable>
      <p class="quiet">
        A test asks for one answer, which is paid like any other. These are the settings of the
        server; workers have their own. METADATA_PROVIDER, EMBEDDING_PROVIDER and
        GENERATION_PROVIDER change them.
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

/** Its test is a picture, which has a page of its own; nothing pauses it, so it has no state. */
function GenerationRow({ generation, lastFailed }: Omit<ProvidersSectionProps, 'providers'>) {
  const { failure, finishedAt } = lastFailed ?? {};
  return (
    <tr>
      <th scope="row">generation</th>
      <td>{generation.provider}</td>
      <td>{generation.model}</td>
      <td />
      <td>
        {lastFailed === undefined || failure === undefined ? (
          'none'
        ) : (
          <>
            {FAILURES[failure.kind].says}{' '}
            <a href={`/admin/generate/${lastFailed.id}`}>
              {finishedAt === undefined ? 'Show' : <Moment at={finishedAt} />}
            </a>
          </>
        )}
      </td>
      <td>
        <a class="button" href="/admin/generate">
          Generate
        </a>
      </td>
    </tr>
  );
}
