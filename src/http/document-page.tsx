import { FAILURES } from '../domain/failures.js';
import { PlainPage } from './plain-page.js';

/** As much of an OpenAPI document as the page shows. */
export interface ApiDocument {
  info: { description?: string };
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, unknown> };
}

interface Operation {
  summary: string;
  tags: string[];
  'x-role': 'admin' | 'owner';
  parameters?: Parameter[];
  requestBody?: { description?: string; content: Record<string, { schema: unknown }> };
  responses: Record<string, { description: string }>;
}

interface Parameter {
  name: string;
  in: string;
  required?: boolean;
  description?: string;
  schema: unknown;
}

/** Rendered here, so that it needs no script and tells nobody that somebody reads it. */
export function DocumentPage({ document }: { document: ApiDocument }) {
  const routes = Object.entries(document.paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, operation]) => ({ method, path, ...operation })),
  );
  const tags = [...new Set(routes.flatMap((route) => route.tags))];
  return (
    <PlainPage title="HTTP API">
      <h1>Darkroom HTTP API</h1>
      <p>
        {document.info.description} For programs: <a href="/openapi.json">openapi.json</a>. Every
        request carries <code>Authorization: Bearer TOKEN</code>.
      </p>
      {tags.map((tag) => (
        <section>
          <h2>{tag}</h2>
          {routes.filter((route) => route.tags.includes(tag)).map(Route)}
        </section>
      ))}
      <h2>failures</h2>
      <Failures />
      <h2>schemas</h2>
      {Object.entries(document.components.schemas).map(([name, schema]) => (
        <>
          <h3 id={`schema-${name}`}>{name}</h3>
          <Schema of={schema} />
        </>
      ))}
    </PlainPage>
  );
}

function Route({ method, path, ...route }: Operation & { method: string; path: string }) {
  const body = Object.entries(route.requestBody?.content ?? {});
  return (
    <article>
      <h3>
        {method.toUpperCase()} {path}
      </h3>
      <p>
        {route.summary}{' '}
        <small>{route['x-role'] === 'admin' ? 'administrators' : 'owners, administrators'}</small>
      </p>
      <table>
        {(route.parameters ?? []).map((it) => (
          <tr>
            <th scope="row">
              <code>{it.name}</code> <small>{it.in}</small>
            </th>
            <td>
              {it.description} <code>{JSON.stringify(it.schema)}</code>
            </td>
          </tr>
        ))}
        {Object.entries(route.responses).map(([status, { description }]) => (
          <tr>
            <th scope="row">{status}</th>
            <td>{description}</td>
          </tr>
        ))}
      </table>
      {body.map(([mediaType, { schema }]) => (
        <>
          <small>{mediaType}</small>
          <Schema of={schema} />
        </>
      ))}
    </article>
  );
}

function Schema({ of }: { of: unknown }) {
  return <pre tabindex={0}>{JSON.stringify(of, null, 2)}</pre>;
}

function Failures() {
  return (
    <table>
      {Object.entries(FAILURES).map(([kind, { status, says }]) => (
        <tr id={kind}>
          <th scope="row">
            <code>{kind}</code>
          </th>
          <td>{status}</td>
          <td>{says}</td>
        </tr>
      ))}
    </table>
  );
}
