import { resolved, type Document, type JsonSchema } from './json-schema.js';

/** Fields of a value that its schema does not name, wherever they are in it. */
export function unlisted(
  value: unknown,
  given: JsonSchema,
  document: Document,
  at = '$',
): string[] {
  const schema = resolved(given, document);
  if (Array.isArray(value)) {
    return value.flatMap((item, index) =>
      unlisted(item, schema.items ?? {}, document, `${at}[${index}]`),
    );
  }
  if (typeof value !== 'object' || value === null) return [];
  const properties = propertiesOf(schema, document);
  const { additionalProperties } = schema;
  return Object.entries(value).flatMap(([name, inner]) => {
    const path = `${at}.${name}`;
    const known = properties[name] ?? additionalProperties;
    if (known === undefined || known === false) return [path];
    return known === true ? [] : unlisted(inner, known, document, path);
  });
}

/** What is extended has some of its properties in each part, and a choice those of every kind. */
function propertiesOf(given: JsonSchema, document: Document): Record<string, JsonSchema> {
  const { properties = {}, allOf = [], anyOf = [], oneOf = [] } = resolved(given, document);
  return [...allOf, ...anyOf, ...oneOf].reduce(
    (known, part) => ({ ...known, ...propertiesOf(part, document) }),
    properties,
  );
}
