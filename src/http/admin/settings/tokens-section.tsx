import type { TokenRecord } from '../../../catalog/tokens.js';
import { formTo } from '../act.js';
import { Moment } from '../moment.js';
import { Renewed } from '../renewed.js';
import { ScrollTable } from '../table.js';

/** Who may call the API, and a form for another token. */
export function TokensSection({ tokens, created }: { tokens: TokenRecord[]; created?: string }) {
  return (
    <section class="tokens">
      <h2 id="tokens">Tokens</h2>
      {created !== undefined && <Created token={created} />}
      <Renewed id="tokens-there" href="/admin/settings">
        <Tokens tokens={tokens} />
      </Renewed>
      <CreateForm />
    </section>
  );
}

function Tokens({ tokens }: { tokens: TokenRecord[] }) {
  if (tokens.length === 0) {
    return <p>There are no tokens yet: create one, then call the API with it.</p>;
  }
  const live = tokens.filter(({ revokedAt }) => revokedAt === undefined);
  return (
    <ScrollTable
      id="tokens-table"
      labelledby="tokens"
      columns={['Name', 'Allows', 'Created', 'Last used', 'State', 'Revoke']}
    >
      {[...live, ...tokens.filter((token) => !live.includes(token))].map((token) => (
        <Row token={token} />
      ))}
    </ScrollTable>
  );
}

function Created({ token }: { token: string }) {
  return (
    <div class="created" role="status">
      <label for="token">The new token. It is shown this once: copy it now.</label>
      <div>
        <input id="token" readonly value={token} size={50} autocomplete="off" />
        <button type="button" data-copy="token" hidden>
          Copy
        </button>
      </div>
    </div>
  );
}

function Row({ token }: { token: TokenRecord }) {
  const { id, name, role, ownerId, createdAt, lastUsedAt, revokedAt } = token;
  return (
    <tr>
      <th scope="row">{name}</th>
      <td>{role === 'admin' ? 'everything' : `images of ${ownerId}`}</td>
      <td>
        <Moment at={createdAt} />
      </td>
      <td>{lastUsedAt === undefined ? 'never' : <Moment at={lastUsedAt} />}</td>
      <td>
        <span class={`state ${revokedAt === undefined ? 'good' : 'plain'}`}>
          {revokedAt === undefined ? 'live' : 'revoked'}
        </span>
      </td>
      <td>
        {revokedAt === undefined && (
          <form {...formTo(`/admin/settings/tokens/${id}/revoke`)}>
            <button id={`revoke-${id}`} aria-label={`Revoke ${name}`}>
              Revoke
            </button>
          </form>
        )}
      </td>
    </tr>
  );
}

function CreateForm() {
  return (
    <form class="create" method="post" action="/admin/settings/tokens">
      <label>
        Name
        <input name="name" required maxlength={100} autocomplete="off" />
      </label>
      <label>
        Allows
        <select name="role">
          <option value="admin">everything</option>
          <option value="owner">images of one owner</option>
        </select>
      </label>
      <label>
        Owner, if one
        <input name="ownerId" maxlength={200} autocomplete="off" />
      </label>
      <button>Create token</button>
    </form>
  );
}
